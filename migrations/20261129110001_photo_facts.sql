-- expand
-- What a photo says of itself beside its size: for a person to look at, never a verdict.
alter table photo
    -- Hashes of what is to be seen, by which alike pictures are found, and the version of the algorithm that made them.
    add column prints bytea,
    add column print_version smallint,
    -- Given in the order of commits within a town: a process has seen all up to one of these.
    add column print_no bigint,
    -- EXIF: make and model, and the program that wrote the file last.
    add column camera text,
    add column software text,
    -- The phone's word: drawn anew and small before it was sent, so that EXIF is gone.
    add column shrunk boolean,
    -- A photo that shows nothing has a version and no prints.
    add constraint photo_print_whole check (
        (prints is null) = (print_no is null) and (prints is null or print_version is not null));
create unique index photo_print_no_once on photo (town_id, print_no);
create sequence photo_print_no;

-- Two photos of a town that look alike: the one that came later first. Which records name them is asked when it is read.
create table photo_twin (
    town_id uuid not null references town (id),
    hash bytea not null,
    other bytea not null,
    -- Bits that differ: of 64 coarse ones, and of 192 finer ones, which are few for a copy saved anew.
    distance smallint not null,
    detail smallint not null,
    found_at timestamptz not null,
    primary key (town_id, hash, other),
    constraint photo_twin_photo foreign key (town_id, hash) references photo (town_id, hash) on delete cascade,
    constraint photo_twin_twin foreign key (town_id, other) references photo (town_id, hash) on delete cascade,
    constraint photo_twin_two check (hash <> other)
);
create index photo_twin_by_other on photo_twin (town_id, other);

-- Records that name a photo of this one's, or one that looks like it (`other`, the nearest of them), beside the records
-- merged with it. Within the record itself only a photo that is before and after at once.
create function photo_twins(p_town uuid, p_record uuid)
returns table (hash bytea, other bytea, detail smallint, record_id uuid) language sql stable as $$
    with mine as (
        select distinct rp.hash from record_photo rp
        where rp.town_id = p_town and rp.record_id = p_record and rp.current),
    alike as (
        select m.hash, m.hash as other, 0::smallint as detail from mine m
        union all
        select m.hash, t.other, t.detail from mine m join photo_twin t on t.town_id = p_town and t.hash = m.hash
        union all
        select m.hash, t.hash, t.detail from mine m join photo_twin t on t.town_id = p_town and t.other = m.hash)
    select a.hash, (array_agg(a.other order by a.detail, a.other))[1], min(a.detail), o.record_id
    from alike a
    join record_photo o on o.town_id = p_town and o.hash = a.other and o.current
    join record r on r.town_id = o.town_id and r.id = o.record_id
    join record me on me.town_id = p_town and me.id = p_record
    where (o.record_id <> p_record or (a.other = a.hash and o.slot = 'after' and exists (
               select from record_photo b where b.town_id = p_town and b.record_id = p_record and b.hash = a.hash
                 and b.current and b.slot = 'before')))
      and r.merged_into is distinct from p_record and me.merged_into is distinct from o.record_id
    group by a.hash, o.record_id
$$;

-- What is known of a record's photos that have come: raw, as the rules judge it. Of a twin in a record out of the reader's
-- sight only that there is one.
create function photo_facts(p_town uuid, p_record uuid, p_person uuid, p_from text[], p_to text[],
                            p_report_from text[], p_report_to text[])
returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'slot', rp.slot, 'hash', encode(rp.hash, 'hex'),
        'source', rp.claims ->> 'source', 'taken_at', rp.claims ->> 'taken_at',
        'captured_at', p.captured_at, 'has_exif', p.has_exif, 'format', p.format,
        'width', p.width, 'height', p.height, 'software', p.software, 'shrunk', p.shrunk,
        'twins', coalesce((
            select jsonb_agg(jsonb_build_object(
                'hash', encode(t.other, 'hex'), 'detail', t.detail, 'same_record', t.record_id = p_record,
                'record', case when s.id is not null then jsonb_build_object(
                    'record_id', r.id, 'kind', r.kind, 'unit_name', u.name, 'happened_on', r.happened_on,
                    'state', r.state) end) order by s.id is null, t.detail, r.received_at, r.id)
            from photo_twins(p_town, p_record) t
            join record r on r.town_id = p_town and r.id = t.record_id
            join unit u on u.town_id = r.town_id and u.id = r.unit_id
            left join records_in_sight(p_town, p_person, p_from, p_to, p_report_from, p_report_to) s on s.id = r.id
            where t.hash = rp.hash), '[]')) order by rp.position), '[]')
    from record_photo rp join photo p on p.town_id = rp.town_id and p.hash = rp.hash
    where rp.town_id = p_town and rp.record_id = p_record and rp.current
$$;

-- The tree: town > 党总支 / 直属支部 > 支部 > 小组, villages and their bodies under their 党总支,
-- departments under the town. `path` is '/1/4/17/' of the numbers `no`, so "inside my units" is a range.
create table unit (
    town_id uuid not null references town (id),
    id uuid not null,
    no integer not null,
    kind text not null,
    name text not null,
    parent_id uuid,
    path text collate "C" not null,
    closed_on date,
    created_at timestamptz not null,
    primary key (town_id, id),
    constraint unit_no_once unique (town_id, no),
    constraint unit_path_once unique (town_id, path),
    constraint unit_name_once unique nulls not distinct (town_id, parent_id, kind, name),
    constraint unit_parent foreign key (town_id, parent_id) references unit (town_id, id),
    constraint unit_kind check (kind in ('town', 'department', 'general_branch', 'branch', 'group', 'village',
        'village_committee', 'supervision_committee', 'council')),
    constraint unit_root check ((kind = 'town') = (parent_id is null))
);

-- Names stand plain; the phone number is sealed in the column, its keyed hash finds it again (design D11).
create table person (
    town_id uuid not null references town (id),
    id uuid not null,
    name text not null,
    phone_sealed bytea,
    phone_index bytea,
    membership text not null,
    branch_id uuid,
    group_id uuid,
    -- For quiet hours: the person's own zone, as IANA names it.
    zone text not null default 'Asia/Shanghai',
    quiet_from time not null default '21:00',
    quiet_until time not null default '07:30',
    left_on date,
    created_at timestamptz not null,
    primary key (town_id, id),
    constraint person_phone_once unique (town_id, phone_index),
    constraint person_branch foreign key (town_id, branch_id) references unit (town_id, id),
    constraint person_group foreign key (town_id, group_id) references unit (town_id, id),
    constraint person_membership check (membership in ('full', 'probationary', 'none')),
    constraint person_phone_whole check ((phone_sealed is null) = (phone_index is null))
);
create index person_by_name on person (town_id, name);

-- A post is held over one unit or a named set (片, 挂钩村), from a date to a date, both included.
create table post (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    role text not null,
    area text,
    from_on date not null,
    to_on date,
    created_at timestamptz not null,
    primary key (town_id, id),
    constraint post_person foreign key (town_id, person_id) references person (town_id, id),
    constraint post_days check (to_on is null or to_on >= from_on - 1)
);
create index post_by_person on post (town_id, person_id);

create table post_unit (
    town_id uuid not null references town (id),
    post_id uuid not null,
    unit_id uuid not null,
    primary key (town_id, post_id, unit_id),
    constraint post_unit_post foreign key (town_id, post_id) references post (town_id, id),
    constraint post_unit_unit foreign key (town_id, unit_id) references unit (town_id, id)
);
create index post_unit_by_unit on post_unit (town_id, unit_id);

-- What decides whether a branch owes a duty (design D8); the newest row on or before a day holds on that day.
create table branch_facts (
    town_id uuid not null references town (id),
    unit_id uuid not null,
    from_on date not null,
    has_committee boolean not null,
    has_groups boolean not null,
    full_members integer not null,
    probationary_members integer not null,
    set_at timestamptz not null,
    primary key (town_id, unit_id, from_on),
    constraint branch_facts_unit foreign key (town_id, unit_id) references unit (town_id, id),
    constraint branch_facts_counts check (full_members >= 0 and probationary_members >= 0)
);

-- 流动党员 and the one 支部委员 linked to each; the place is a town in China, or a country and city, never an address.
create table mobile_member (
    town_id uuid not null references town (id),
    id uuid not null,
    person_id uuid not null,
    branch_id uuid not null,
    contact_id uuid,
    place text,
    away_since date not null,
    returned_on date,
    primary key (town_id, id),
    constraint mobile_member_person foreign key (town_id, person_id) references person (town_id, id),
    constraint mobile_member_branch foreign key (town_id, branch_id) references unit (town_id, id),
    constraint mobile_member_contact foreign key (town_id, contact_id) references person (town_id, id),
    constraint mobile_member_not_self check (contact_id <> person_id)
);
create unique index mobile_member_once on mobile_member (town_id, person_id) where returned_on is null;
create index mobile_member_by_contact on mobile_member (town_id, contact_id) where returned_on is null;

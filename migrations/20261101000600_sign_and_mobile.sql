-- The register of signboards found: the present state of each case, written with the record's version.
create table sign_case (
    town_id uuid not null references town (id),
    -- The record's id.
    id uuid not null,
    village_id uuid not null,
    place text not null,
    text_read text not null,
    finding text not null,
    action text,
    state text not null,
    found_on date not null,
    closed_on date,
    primary key (town_id, id),
    constraint sign_case_record foreign key (town_id, id) references record (town_id, id),
    constraint sign_case_village foreign key (town_id, village_id) references unit (town_id, id),
    constraint sign_case_place check (place in ('outside', 'inside')),
    constraint sign_case_finding check (finding in ('off_list', 'advertisement', 'wrong_name', 'wrong_style', 'unsure')),
    constraint sign_case_action check (action in ('removed', 'replaced', 'kept', 'cannot')),
    constraint sign_case_state check (state in ('open', 'done', 'kept', 'cannot'))
);
create index sign_case_open on sign_case (town_id, village_id, place) where state = 'open';

-- 双向联系: each word in either direction between a mobile member and the branch is a contact.
create table contact (
    town_id uuid not null references town (id),
    id uuid not null,
    member_id uuid not null,
    by_person uuid not null,
    direction text not null,
    record_id uuid,
    said text not null,
    channel text not null,
    happened_on date not null,
    at timestamptz not null,
    primary key (town_id, id),
    constraint contact_member foreign key (town_id, member_id) references person (town_id, id),
    constraint contact_by foreign key (town_id, by_person) references person (town_id, id),
    constraint contact_record foreign key (town_id, record_id) references record (town_id, id),
    constraint contact_direction check (direction in ('from_member', 'to_member')),
    constraint contact_channel check (channel in ('app', 'phone', 'message', 'visit'))
);
create index contact_by_member on contact (town_id, member_id, at);

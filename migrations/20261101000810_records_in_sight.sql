-- The records a person may see: their own; those of the units in scope; personal ones (reports, contacts) only where
-- such may be read, or of the members linked to them. One function, so that no list can forget a condition.
-- Inlined by the planner: a filter outside it reaches the indexes within.
create function records_in_sight(p_town uuid, p_person uuid, p_from text[], p_to text[], p_report_from text[],
                                 p_report_to text[])
returns table (id uuid) language sql stable as $$
    select r.id from record r join unit u on u.town_id = r.town_id and u.id = r.unit_id
    where r.town_id = p_town
      and (r.writer_id = p_person or r.entered_for = p_person
           or (r.kind not in ('report', 'contact') and exists (
               select from unnest(p_from, p_to) s (f, t)
               where u.path >= s.f collate "C" and u.path < s.t collate "C"))
           or (r.kind in ('report', 'contact') and exists (
               select from unnest(p_report_from, p_report_to) s (f, t)
               where u.path >= s.f collate "C" and u.path < s.t collate "C"))
           or (r.kind in ('report', 'contact') and exists (
               select from mobile_member m where m.town_id = r.town_id and m.person_id = r.entered_for
                 and m.contact_id = p_person and m.returned_on is null)))
$$;

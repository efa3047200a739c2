-- expand
-- Whether a record falls to somebody to accept or return: always to the 党建办, so that no duty is stuck for want of a
-- reviewer; else to whom every rule it counts for names (the 责任人 is the task's own where it names one); a record no
-- rule speaks of, to whoever accepts such records over p_any. One function, so that the list of what is to be reviewed
-- and the review itself cannot differ.
create function falls_to(p_town uuid, p_record uuid, p_path text, p_person uuid, p_roles text[], p_from text[],
                         p_to text[], p_any_from text[], p_any_to text[])
returns boolean language sql stable as $$
    select exists (
        select from unnest(p_roles, p_from, p_to) h (role, f, t)
        where h.role = 'party_office' and p_path >= h.f collate "C" and p_path < h.t collate "C")
    or case when exists (
        select from record_duty rd where rd.town_id = p_town and rd.record_id = p_record)
    then not exists (
        select from record_duty rd
        join duty d on d.town_id = rd.town_id and d.id = rd.duty_id
        join rule ru on ru.town_id = d.town_id and ru.id = d.rule_id
        join task t on t.town_id = ru.town_id and t.id = ru.task_id
        where rd.town_id = p_town and rd.record_id = p_record and not exists (
            select from unnest(p_roles, p_from, p_to) h (role, f, t)
            where h.role = ru.reviewer and p_path >= h.f collate "C" and p_path < h.t collate "C"
              and (h.role <> 'action_lead' or coalesce(t.lead_id, p_person) = p_person)))
    else exists (
        select from unnest(p_any_from, p_any_to) s (f, t)
        where p_path >= s.f collate "C" and p_path < s.t collate "C")
    end
$$;

-- What somebody may accept now: waiting, none of it written by them, and falling to them.
create function is_to_review(p_town uuid, p_record uuid, p_person uuid, p_roles text[], p_from text[], p_to text[],
                             p_any_from text[], p_any_to text[])
returns boolean language sql stable as $$
    select exists (
        select from record r join unit u on u.town_id = r.town_id and u.id = r.unit_id
        where r.town_id = p_town and r.id = p_record and r.state = 'submitted' and not r.needs_confirmation
          and not exists (select from record_version v where v.town_id = r.town_id and v.record_id = r.id
                            and v.writer_id = p_person and not v.conflict)
          and falls_to(p_town, r.id, u.path, p_person, p_roles, p_from, p_to, p_any_from, p_any_to))
$$;

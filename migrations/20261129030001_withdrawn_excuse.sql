-- expand
-- Whoever proposed something about a duty may take the proposal back while nobody has decided it. The release before reads
-- such a one as not agreed to.
alter table excuse
    drop constraint excuse_decision,
    add constraint excuse_decision check (decision in ('approved', 'refused', 'lapsed', 'withdrawn'));
alter table excuse_batch
    drop constraint excuse_batch_decision,
    add constraint excuse_batch_decision check (decision in ('approved', 'refused', 'withdrawn'));

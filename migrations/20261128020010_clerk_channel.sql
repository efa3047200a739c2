-- expand
-- What the office enters for somebody says how it came to the office (代录): by telephone, on paper, or in person. `clerk`
-- stays for what came as a request through the app.
alter table record drop constraint record_channel;
alter table record add constraint record_channel
    check (entry_channel in ('phone', 'console', 'clerk', 'call', 'paper', 'visit'));

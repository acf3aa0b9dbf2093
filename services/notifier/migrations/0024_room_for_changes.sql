-- A copy is changed twice within a turn. With room for both beside each row no index hears of it, also while planning
-- goes on, whose long transactions keep what was changed from being swept.
alter table delivery set (fillfactor = 40);

-- How many members are active on a day, and in the seven days up to it?
-- Active is who did something (events), came (member_visits) or opened a page (tracker_events).
-- Days are those of UTC; the last 60 are shown.
-- Needs the tables events, member_visits and tracker_events, which examples/sync_to_duckdb.py makes, empty if nothing came.
-- "Table ... does not exist": that stream was not synced; sync it, or take its lines out below.

-- An object in a payload names its model in `type`; under which key it lies is not documented.
CREATE OR REPLACE TEMP MACRO object_of(payload, model) AS
    [o FOR o IN json_extract(payload, '$.*') IF o->>'type' = model][1];

WITH seen AS (
    SELECT triggered_at::DATE AS day, (object_of(payload, 'CommunityMember')->>'id')::BIGINT AS member
    FROM events
    UNION
    SELECT triggered_at::DATE, community_member_id FROM member_visits
    UNION
    SELECT triggered_at::DATE, (initiator->>'id')::BIGINT FROM tracker_events
),
days AS (
    SELECT unnest(generate_series(max(day) - 59, max(day), INTERVAL 1 DAY))::DATE AS day FROM seen
)
SELECT
    days.day,
    count(DISTINCT member) FILTER (seen.day = days.day) AS active_on_the_day,
    count(DISTINCT member) AS active_in_seven_days
FROM days
LEFT JOIN seen ON seen.day BETWEEN days.day - 6 AND days.day
GROUP BY days.day
ORDER BY days.day;

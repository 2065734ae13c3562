-- Which spaces are alive? What happened in each in the last 30 days, and how many members took part.
-- Counted back from the newest event, so that it also works on a file that is no longer synced.
-- Needs the table events, which examples/sync_to_duckdb.py makes, empty if nothing came.
-- "Table ... does not exist": that stream was not synced; sync it, or take its lines out below.

-- An object in a payload names its model in `type`; under which key it lies is not documented.
CREATE OR REPLACE TEMP MACRO object_of(payload, model) AS
    [o FOR o IN json_extract(payload, '$.*') IF o->>'type' = model][1];

WITH recent AS (
    SELECT
        name,
        triggered_at,
        (object_of(payload, 'CommunityMember')->>'id')::BIGINT AS member,
        (object_of(payload, 'Space')->>'id')::BIGINT AS space,
        object_of(payload, 'Space')->>'name' AS space_name
    FROM events
    WHERE triggered_at > (SELECT max(triggered_at) FROM events) - INTERVAL 30 DAY
)
SELECT
    space,
    arg_max(space_name, triggered_at) AS space_name,
    count(DISTINCT member) AS members,
    count(*) AS events,
    count(*) FILTER (name = 'post.basic.published') AS posts,
    count(*) FILTER (name = 'post.comment.created') AS comments,
    count(*) FILTER (name IN ('post.liked', 'post.comment.liked')) AS likes,
    count(*) FILTER (name LIKE '%.message.created') AS messages
FROM recent
WHERE space IS NOT NULL
GROUP BY space
ORDER BY members DESC, events DESC, space
LIMIT 15;

-- Of the members who joined in a month, how many came back, joined a space, spoke up?
-- Each step counts those who also took the steps before it, all within 30 days of joining, in any
-- order. Members of the last 30 days still have time, so the last two months look worse than they are.
-- Needs the tables events and member_visits, which examples/sync_to_duckdb.py makes, empty if nothing came.
-- "Table ... does not exist": that stream was not synced; sync it, or take its lines out below.

-- An object in a payload names its model in `type`; under which key it lies is not documented.
CREATE OR REPLACE TEMP MACRO object_of(payload, model) AS
    [o FOR o IN json_extract(payload, '$.*') IF o->>'type' = model][1];

WITH deeds AS (
    SELECT (object_of(payload, 'CommunityMember')->>'id')::BIGINT AS member, name, triggered_at
    FROM events
    UNION ALL
    SELECT community_member_id, 'visit', triggered_at FROM member_visits
),
joined AS (
    SELECT member, min(triggered_at) AS joined_at
    FROM deeds
    WHERE name = 'community_member.joined_community' AND member IS NOT NULL
    GROUP BY member
),
steps AS (
    SELECT
        joined_at,
        bool_or(name = 'visit' AND triggered_at::DATE > joined_at::DATE) AS came_back,
        bool_or(name = 'spaces.joined') AS joined_space,
        bool_or(
            name IN ('post.basic.published', 'post.comment.created')
            OR name LIKE '%.message.created'
        ) AS spoke
    FROM joined
    LEFT JOIN deeds
        ON deeds.member = joined.member
        AND deeds.triggered_at BETWEEN joined_at AND joined_at + INTERVAL 30 DAY
    GROUP BY joined.member, joined_at
)
SELECT
    date_trunc('month', joined_at)::DATE AS month,
    count(*) AS joined,
    count(*) FILTER (came_back) AS came_back,
    count(*) FILTER (came_back AND joined_space) AS joined_a_space,
    count(*) FILTER (came_back AND joined_space AND spoke) AS spoke_up
FROM steps
GROUP BY month
ORDER BY month;

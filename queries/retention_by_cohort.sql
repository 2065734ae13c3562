-- Of the members who joined in a month, how many percent are still active one to five months later?
-- A month after joining is 30 days long, for each member from the moment of joining. A field is empty
-- until those days are over for all who joined in that month.
-- Needs the tables events, member_visits and tracker_events, which examples/sync_to_duckdb.py makes, empty if nothing came.
-- "Table ... does not exist": that stream was not synced; sync it, or take its lines out below.

-- An object in a payload names its model in `type`; under which key it lies is not documented.
CREATE OR REPLACE TEMP MACRO object_of(payload, model) AS
    [o FOR o IN json_extract(payload, '$.*') IF o->>'type' = model][1];

WITH deeds AS (
    SELECT (object_of(payload, 'CommunityMember')->>'id')::BIGINT AS member, name, triggered_at
    FROM events
    UNION ALL
    SELECT community_member_id, 'visit', triggered_at FROM member_visits
    UNION ALL
    SELECT (initiator->>'id')::BIGINT, name, triggered_at FROM tracker_events
),
joined AS (
    SELECT
        member, min(triggered_at) AS joined_at, date_trunc('month', joined_at)::DATE AS cohort
    FROM deeds
    WHERE name = 'community_member.joined_community' AND member IS NOT NULL
    GROUP BY member
),
cohorts AS (
    SELECT cohort, count(*) AS members, max(joined_at) AS last_joined_at FROM joined GROUP BY cohort
),
active AS (
    SELECT
        cohort,
        datediff('second', joined_at, triggered_at) // (30 * 86400) AS month,
        count(DISTINCT member) AS active
    FROM joined
    JOIN deeds USING (member)
    WHERE triggered_at >= joined_at
    GROUP BY cohort, month
),
retention AS (
    SELECT
        cohort,
        members,
        months.month,
        CASE
            WHEN last_joined_at + to_days(30 * (months.month + 1)::INTEGER)
                <= (SELECT max(triggered_at) FROM deeds)
            THEN round(100.0 * coalesce(active, 0) / members)::INTEGER
        END AS percent
    FROM cohorts
    CROSS JOIN range(1, 6) AS months(month)
    LEFT JOIN active USING (cohort, month)
)
PIVOT retention
ON 'month_' || month IN ('month_1', 'month_2', 'month_3', 'month_4', 'month_5')
USING first(percent)
GROUP BY cohort, members
ORDER BY cohort;

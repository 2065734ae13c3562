-- How many members start each course, and how many finish it?
-- A member has started with the first lesson, section or course completed, or quiz submitted.
-- Needs the table events, which examples/sync_to_duckdb.py makes, empty if nothing came.
-- "Table ... does not exist": that stream was not synced; sync it, or take its lines out below.

-- An object in a payload names its model in `type`; under which key it lies is not documented.
CREATE OR REPLACE TEMP MACRO object_of(payload, model) AS
    [o FOR o IN json_extract(payload, '$.*') IF o->>'type' = model][1];

WITH progress AS (
    SELECT
        name,
        (object_of(payload, 'CommunityMember')->>'id')::BIGINT AS member,
        (object_of(payload, 'Space')->>'id')::BIGINT AS course,
        object_of(payload, 'Space')->>'name' AS course_name,
        triggered_at
    FROM events
    WHERE name IN (
        'courses.lesson.completed', 'courses.section.completed', 'courses.completed',
        'courses.quiz.submitted'
    )
)
SELECT
    course,
    arg_max(course_name, triggered_at) AS name,
    count(DISTINCT member) AS started,
    count(DISTINCT member) FILTER (name = 'courses.completed') AS finished,
    round(100.0 * finished / started, 1) AS percent_finished,
    count(*) FILTER (name = 'courses.lesson.completed') AS lessons_completed
FROM progress
WHERE course IS NOT NULL AND member IS NOT NULL
GROUP BY course
ORDER BY started DESC, course;

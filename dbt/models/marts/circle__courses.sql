{%- set started = circle.members_if("event_name not in ('courses.quiz.passed', 'courses.quiz.failed')") %}
{%- set completed = circle.members_if("event_name = 'courses.completed'") -%}
with progress as (
  select
    events.*,
    row_number() over (
      partition by space_id
      order by case when space_name is null then 1 else 0 end, {{ circle.newest_first('event_id') }}
    ) as place
  from {{ ref('stg_circle__events') }} as events
  where event_name like 'courses.%' and space_id is not null
)

select
  space_id as course_id,
  max(case when place = 1 then space_name end) as course_name,
  min(occurred_at) as first_progress_at,
  max(occurred_at) as last_progress_at,
  {{ started }} as members_started,
  {{ completed }} as members_completed,
  {{ circle.count_if("event_name = 'courses.lesson.completed'") }} as lessons_completed,
  {{ circle.count_if("event_name = 'courses.section.completed'") }} as sections_completed,
  {{ circle.count_if("event_name = 'courses.quiz.submitted'") }} as quizzes_submitted,
  {{ circle.count_if("event_name = 'courses.quiz.passed'") }} as quizzes_passed,
  {{ circle.count_if("event_name = 'courses.quiz.failed'") }} as quizzes_failed,
  1.0 * {{ completed }} / nullif({{ started }}, 0) as completion_rate
from progress
group by space_id

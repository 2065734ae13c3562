with pages as (
  select
    *,
    coalesce('member ' || member_id, 'visitor ' || visitor_id) as visitor,
    {{ circle.microseconds('occurred_at') }} as occurred_us
  from {{ ref('stg_circle__tracker_events') }}
  where not is_bot and occurred_at is not null and coalesce(member_id, visitor_id) is not null
),

starts as (
  select
    *,
    case
      when occurred_us - lag(occurred_us) over (partition by visitor order by occurred_us, tracker_event_id)
        < {{ var('circle_session_minutes') }} * 60 * 1000000
      then 0 else 1
    end as is_start
  from pages
),

numbered as (
  select
    *,
    sum(is_start) over (
      partition by visitor order by occurred_us, tracker_event_id rows unbounded preceding
    ) as session_number
  from starts
)

select
  visitor || ' ' || cast(min(occurred_us) as {{ circle.text_type() }}) as session_id,
  visitor,
  max(member_id) as member_id,
  cast(session_number as integer) as session_number,
  min(occurred_at) as started_at,
  max(occurred_at) as ended_at,
  (max(occurred_us) - min(occurred_us)) / 1000000.0 as duration_seconds,
  {{ circle.count_if("event_name = 'PageView'") }} as page_views,
  count(distinct space_id) as spaces,
  count(distinct post_id) as posts,
  max(case when is_start = 1 then device_type end) as device_type,
  max(case when is_start = 1 then country end) as country
from numbered
group by visitor, session_number

with activity as (
  select
    member_id,
    min(occurred_at) as first_seen_at,
    max(occurred_at) as last_seen_at,
    count(distinct activity_day) as active_days,
    {{ circle.count_if("activity_type = 'visit'") }} as visits,
    {{ circle.activity_counts() }},
    {{ circle.count_if("activity_name = 'courses.lesson.completed'") }} as lessons_completed,
    {{ circle.count_if("activity_name = 'courses.completed'") }} as courses_completed
  from {{ ref('int_circle__activity') }}
  where member_id is not null
  group by member_id
),

profiles as (
  select
    activity.*,
    row_number() over (partition by member_id order by {{ circle.newest_first('activity_id') }}) as place
  from {{ ref('int_circle__activity') }} as activity
  where coalesce(member_name, member_email) is not null
),

memberships as (
  select
    subject_member_id as member_id,
    coalesce(
      min(case when event_name = 'community_member.joined_community' then occurred_at end),
      min(case when event_name = 'community_member.create' then occurred_at end)
    ) as joined_at,
    max(case when event_name in ('community_member.joined_community', 'community_member.create')
      then occurred_at end) as last_joined_at,
    max(case when event_name = 'community_member.destroy' then occurred_at end) as left_at
  from {{ ref('stg_circle__events') }}
  where subject_member_id is not null
  group by subject_member_id
)

select
  coalesce(activity.member_id, memberships.member_id) as member_id,
  member_name, member_email, is_admin, is_moderator,
  case when left_at >= coalesce(last_joined_at, left_at) then 'left' else 'member' end as status,
  joined_at, left_at, first_seen_at, last_seen_at,
  {%- for count in ['active_days', 'visits', 'events', 'page_views', 'posts', 'comments', 'likes',
      'messages', 'lessons_completed', 'courses_completed'] %}
  coalesce({{ count }}, 0) as {{ count }}{{ ',' if not loop.last }}
  {%- endfor %}
from activity
full outer join memberships on memberships.member_id = activity.member_id
left join profiles on profiles.member_id = activity.member_id and profiles.place = 1

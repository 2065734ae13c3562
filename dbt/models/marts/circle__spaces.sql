with activity as (
  select
    activity.*,
    max(activity_day) over () as last_day,
    row_number() over (
      partition by space_id
      order by case when space_name is null then 1 else 0 end, {{ circle.newest_first('activity_id') }}
    ) as place
  from {{ ref('int_circle__activity') }} as activity
  where space_id is not null
)

select
  space_id,
  max(case when place = 1 then space_name end) as space_name,
  min(occurred_at) as first_activity_at,
  max(occurred_at) as last_activity_at,
  count(distinct member_id) as active_members,
  {{ circle.members_if("activity_day > last_day - 28") }} as active_members_28_days,
  {{ circle.count_if("activity_name = 'spaces.joined'") }} as members_joined,
  {{ circle.count_if("activity_name = 'spaces.left'") }} as members_left,
  {{ circle.activity_counts() }}
from activity
group by space_id

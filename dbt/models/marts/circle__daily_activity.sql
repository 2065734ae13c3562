{#- A member counts in the 7 (28) days that begin with an active day, or until the next active day.
So each active day adds one and takes one away later, and running sums are numbers of members. -#}
with member_days as (
  select
    member_id,
    activity_day,
    lag(activity_day) over (partition by member_id order by activity_day) as previous_day,
    lead(activity_day) over (partition by member_id order by activity_day) as next_day
  from {{ ref('int_circle__activity') }}
  where member_id is not null and activity_day is not null
  group by member_id, activity_day
),

changes as (
  select
    activity_day as day,
    case when previous_day is null then 1 else 0 end as is_new,
    1 as active, 1 as in_7_days, 1 as in_28_days
  from member_days
  {%- for days in [7, 28] %}
  union all
  select
    case when next_day < activity_day + {{ days }} then next_day else activity_day + {{ days }} end,
    0, 0, {{ '-1, 0' if days == 7 else '0, -1' }}
  from member_days
  {%- endfor %}
  union all
  {#- every day between the first and the last one, so that days without activity are listed too #}
  select first_day + cast(generated_number as integer) - 1, 0, 0, 0, 0
  from (select min(activity_day) as first_day, max(activity_day) as last_day from member_days) as bounds
  cross join ({{ dbt.generate_series(16384) }}) as numbers
  where first_day + cast(generated_number as integer) - 1 <= last_day
)

select
  day,
  cast(sum(active) as integer) as active_members,
  cast(sum(sum(in_7_days)) over (order by day rows unbounded preceding) as integer) as active_members_7_days,
  cast(sum(sum(in_28_days)) over (order by day rows unbounded preceding) as integer) as active_members_28_days,
  cast(sum(is_new) as integer) as new_members,
  cast(sum(active - is_new) as integer) as returning_members
from changes
where day <= (select max(activity_day) from member_days)
group by day

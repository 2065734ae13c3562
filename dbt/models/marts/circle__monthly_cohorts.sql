with member_months as (
  select distinct
    member_id,
    {{ circle.month_start('activity_day') }} as month,
    {{ circle.month_start('min(activity_day) over (partition by member_id)') }} as cohort_month
  from {{ ref('int_circle__activity') }}
  where member_id is not null and activity_day is not null
),

active as (
  select cohort_month, month, count(*) as active_members
  from member_months
  group by cohort_month, month
)

{#- All members of a cohort are active in its first month. #}
select
  cohorts.cohort_month,
  cast({{ circle.month_number('months.month') }} - {{ circle.month_number('cohorts.cohort_month') }} as integer)
    as months_since_first,
  months.month as activity_month,
  cohorts.active_members as members,
  coalesce(active.active_members, 0) as active_members,
  1.0 * coalesce(active.active_members, 0) / cohorts.active_members as retention_rate
from active as cohorts
inner join (select distinct {{ circle.month_start('day') }} as month from {{ ref('circle__daily_activity') }}) as months
  on months.month >= cohorts.cohort_month
left join active on active.cohort_month = cohorts.cohort_month and active.month = months.month
where cohorts.month = cohorts.cohort_month

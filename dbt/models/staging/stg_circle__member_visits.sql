{{ config(unique_key='visit_id') }}

with src as (
  {{ circle.raw_rows('member_visits', 'visit_id', text=['community_member_id'], json=['community_member']) }}
)

select
  visit_id,
  {{ circle.occurred_at() }} as occurred_at,
  triggered_at,
  created_at,
  coalesce(community_member_id, {{ circle.json_text('src.community_member', 'id') }}) as member_id,
  {{ circle.profile('src.community_member') }},
  community_member
from src

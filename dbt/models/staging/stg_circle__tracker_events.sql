{{ config(unique_key='tracker_event_id') }}

with src as (
  {{ circle.raw_rows('tracker_events', 'tracker_event_id', text=['name'], json=['initiator', 'properties']) }}
)

select
  tracker_event_id,
  name as event_name,
  {{ circle.occurred_at() }} as occurred_at,
  triggered_at,
  created_at,
  coalesce(
    {{ circle.json_text('src.initiator', 'id') }},
    {{ circle.json_text('src.properties', 'community_member_id') }}
  ) as member_id,
  {{ circle.profile('src.initiator') }},
  {{ circle.json_text('src.properties', 'ahoy_visitor', 'device_id') }} as visitor_id,
  {%- for field in ['space_id', 'post_id', 'device_type', 'country'] %}
  {{ circle.json_text('src.properties', field) }} as {{ field }},
  {%- endfor %}
  coalesce({{ circle.json_text('src.properties', 'is_bot') }}, 'false') = 'true' as is_bot,
  properties
from src

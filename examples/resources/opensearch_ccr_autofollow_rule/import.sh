# The id is CLUSTER/LEADER_ALIAS/NAME.
terraform import opensearch_ccr_autofollow_rule.logs paris/london/logs

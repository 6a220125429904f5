# The id is LEADER_PROJECT/LEADER_SERVICE_NAME/FOLLOWER_PROJECT/FOLLOWER_SERVICE_NAME.
terraform import opensearch_ccr_integration.us_to_eu acme/search-us/acme/search-eu

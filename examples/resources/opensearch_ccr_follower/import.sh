# The id is PROJECT/SERVICE_NAME.
terraform import opensearch_ccr_follower.eu acme/search-eu

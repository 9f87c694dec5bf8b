//! What follows the long help.

/// What follows every long help.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0    every org is clean; a dry run that finished
  1    an org failed, still has an exposed relay, or was not run
  2    usage or configuration error; nothing was contacted
  3    refused by the guard: not a sandbox, or not the one expected
  10   --detailed-exitcode found something to clear; audit --fail-on a finding
  130  interrupted
  143  terminated";

/// What follows the help of `scrub`.
pub(super) const SCRUB_EXAMPLES: &str = "\
Examples:
  relay-scrub scrub uat                 clear the org `uat` of relay-scrub.toml
  relay-scrub scrub --all --json        every org of it, for a pipeline
  relay-scrub scrub 'eu-*' --dry-run    what would be cleared, and nothing else
  relay-scrub scrub --client-id 3MVG9… --jwt-key-file key.pem \\
      --instance-url https://acme--uat.sandbox.my.salesforce.com \\
      --username scrubber@acme.com.uat";

/// What follows the help of the program.
pub(super) const EXAMPLES: &str = "\
Examples:
  relay-scrub demo                  see it work, without Salesforce
  relay-scrub scrub uat --dry-run   what would be cleared in the org `uat`
  relay-scrub scrub uat             clear it, and prove that it is done

A relay-scrub.toml to begin with; the README has more:
  [defaults]
  client_id = \"3MVG9…\"               # consumer key of the connected app
  jwt_key_file = \"relay-scrub.pem\"

  [orgs.uat]
  instance_url = \"https://acme--uat.sandbox.my.salesforce.com\"
  username = \"scrubber@acme.com.uat\"

Without a file, by a login of the Salesforce CLI:
  relay-scrub scrub --target-org ALIAS --dry-run";

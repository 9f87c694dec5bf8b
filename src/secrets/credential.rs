//! What a login is made with.

use std::path::PathBuf;

use url::Url;

use super::refresh_token::RefreshTokenKeeper;
use super::secret::Secret;

/// A credential for one org, one variant for each way to log in.
#[derive(Clone, Debug)]
pub enum Credential {
    /// OAuth 2.0 client credentials: the app's own user.
    ClientCredentials {
        /// The consumer key.
        client_id: String,
        /// The consumer secret.
        client_secret: Secret,
    },
    /// OAuth 2.0 JWT bearer: a user, vouched for by a signature.
    Jwt {
        /// The consumer key.
        client_id: String,
        /// The user's name in the sandbox.
        username: String,
        /// An RSA private key in PEM, PKCS#1 or PKCS#8.
        key: Secret,
        /// The audience to sign for, where the two that are tried by default don't fit.
        audience: Option<Url>,
    },
    /// A refresh token of an earlier login.
    RefreshToken {
        /// The consumer key.
        client_id: String,
        /// The consumer secret, where the app asks for it.
        client_secret: Option<Secret>,
        /// Where the token is, and where the one that replaces it goes.
        keeper: RefreshTokenKeeper,
    },
    /// A session that was obtained elsewhere. It can't be renewed.
    AccessToken {
        /// The session's token.
        token: Secret,
    },
    /// A login of the Salesforce CLI, which is run to read it. It stays that program's own: it is never stored or
    /// revoked here.
    SalesforceCli {
        /// The program.
        program: PathBuf,
        /// The alias or user name by which the CLI knows the org. It does not begin with `-` and is no token.
        alias: String,
    },
}

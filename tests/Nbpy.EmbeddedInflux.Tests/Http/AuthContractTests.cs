using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>Users and privileges, asked of the program and of the real influxd alike.</summary>
public class AuthContractTests
{
    // Who asks (null: nobody), and what; "write DATABASE" writes a point.
    private static readonly (string? User, string Request)[] Script =
    [
        (null, "SHOW DATABASES"),
        (null, "CREATE USER x WITH PASSWORD 'x'"),
        (null, "CREATE DATABASE early"),
        (null, "write early"),
        (null, "CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES"),
        (null, "SHOW DATABASES"),
        (null, "write early"),
        ("root", "SHOW DATABASES"),
        ("root", "CREATE DATABASE one; CREATE DATABASE two; CREATE DATABASE three"),
        ("nobody", "SHOW DATABASES"),
        ("root:wrong", "SHOW DATABASES"),
        ("root", "CREATE USER reader WITH PASSWORD 'reader'; CREATE USER writer WITH PASSWORD 'writer'; CREATE USER \"all two\" WITH PASSWORD 'all two'"),
        ("root", "CREATE USER reader WITH PASSWORD 'reader'"),
        ("root", "CREATE USER reader WITH PASSWORD 'other'"),
        ("root", "CREATE USER \"\" WITH PASSWORD 'other'"),
        ("root", "GRANT READ ON one TO reader"),
        ("root", "GRANT WRITE ON one TO writer"),
        ("root", "GRANT ALL PRIVILEGES ON two TO \"all two\""),
        ("root", "GRANT READ ON nowhere TO reader"),
        ("root", "GRANT READ ON one TO nobody"),
        ("root", "SHOW USERS"),
        ("root", "SHOW GRANTS FOR reader"),
        ("root", "SHOW GRANTS FOR \"all two\""),
        ("root", "SHOW GRANTS FOR root"),
        ("root", "SHOW GRANTS FOR nobody"),
        ("root", "write one"),
        ("writer", "write one"),
        ("reader", "write one"),
        ("all two", "write two"),
        ("all two", "write one"),
        ("nobody", "write one"),
        ("reader", "SELECT v FROM one.autogen.m"),
        ("reader", "SELECT v FROM two.autogen.m"),
        ("reader", "SELECT v FROM m"),
        ("reader", "SELECT v FROM (SELECT v FROM two.autogen.m)"),
        ("reader", "SELECT v INTO two.autogen.n FROM one.autogen.m"),
        ("writer", "SELECT v FROM one.autogen.m"),
        ("all two", "SELECT v INTO two.autogen.n FROM two.autogen.m"),
        ("reader", "SHOW DATABASES"),
        ("writer", "SHOW DATABASES"),
        ("all two", "SHOW DATABASES"),
        ("reader", "SHOW MEASUREMENTS ON one"),
        ("reader", "SHOW MEASUREMENTS ON two"),
        ("reader", "SHOW TAG KEYS ON one"),
        ("reader", "SHOW FIELD KEYS ON two"),
        ("reader", "SHOW SERIES ON one"),
        ("reader", "SHOW RETENTION POLICIES ON one"),
        ("reader", "SHOW RETENTION POLICIES ON two"),
        ("reader", "SHOW USERS"),
        ("reader", "SHOW GRANTS FOR reader"),
        ("reader", "SHOW STATS"),
        ("reader", "SHOW DIAGNOSTICS"),
        ("reader", "SHOW SUBSCRIPTIONS"),
        ("reader", "SHOW SHARDS"),
        ("reader", "CREATE DATABASE four"),
        ("reader", "DROP DATABASE one"),
        ("reader", "DROP MEASUREMENT m"),
        ("reader", "CREATE USER y WITH PASSWORD 'secret'"),
        ("reader", "SET PASSWORD FOR root = 'secret'"),
        ("reader", "GRANT ALL TO reader"),
        ("reader", "REVOKE ALL PRIVILEGES FROM root"),
        ("reader", "DROP USER root"),
        ("writer", "CREATE RETENTION POLICY p ON one DURATION 1d REPLICATION 1"),
        ("writer", "ALTER RETENTION POLICY autogen ON one DURATION 2d"),
        ("writer", "DROP RETENTION POLICY nothing ON one"),
        ("reader", "DROP RETENTION POLICY nothing ON one"),
        ("writer", "KILL QUERY 1000000"),
        ("root", "KILL QUERY 1000000"),
        ("root", "SET PASSWORD FOR reader = 'new'"),
        ("root", "SET PASSWORD FOR nobody = 'new'"),
        ("reader", "SHOW DATABASES"),
        ("reader:new", "SHOW DATABASES"),
        ("root", "GRANT ALL TO writer"),
        ("root", "SHOW USERS"),
        ("writer", "SHOW USERS"),
        ("root", "REVOKE ALL FROM writer"),
        ("writer", "SHOW USERS"),
        ("root", "REVOKE READ ON two FROM \"all two\""),
        ("root", "SHOW GRANTS FOR \"all two\""),
        ("root", "REVOKE WRITE ON one FROM reader"),
        ("root", "SHOW GRANTS FOR reader"),
        ("root", "REVOKE ALL PRIVILEGES ON one FROM reader"),
        ("root", "SHOW GRANTS FOR reader"),
        ("root", "GRANT READ TO reader"),
        ("root", "GRANT ALL reader"),
        ("root", "GRANT x ON one TO reader"),
        ("root", "REVOKE READ ON one TO reader"),
        ("root", "SET PASSWORD FOR reader 'x'"),
        ("root", "SET PASSWORD FOR reader = x"),
        ("root", "CREATE USER x WITH PASSWORD x"),
        ("root", "CREATE USER x"),
        ("root", "CREATE USER x WITH PASSWORD 'x' WITH"),
        ("root", "SHOW GRANTS"),
        ("root", "DROP DATABASE two"),
        ("root", "SHOW GRANTS FOR \"all two\""),
        ("root", "DROP USER reader"),
        ("root", "DROP USER reader"),
        ("reader:new", "SHOW DATABASES"),
    ];

    [Fact]
    public async Task Users_and_privileges_are_those_of_the_real_influxd()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var real = await ServerProcess.StartAsync(influxd: true, auth: true);
        await using var ours = await ServerProcess.StartAsync(auth: true);
        var differences = new StringBuilder();
        foreach (var (user, request) in Script)
        {
            var expected = await AskAsync(real, user, request);
            var actual = await AskAsync(ours, user, request);
            if (expected != actual)
                differences.AppendLine(CultureInfo.InvariantCulture, $"{user}: {request}").AppendLine("  influxd " + expected).AppendLine("  ours    " + actual);
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    [Fact]
    public async Task Users_sign_in_by_header_parameters_token_and_bearer_and_survive_a_crash()
    {
        await using var server = await ServerProcess.StartAsync(auth: true);
        await AskAsync(server, null, "CREATE USER root WITH PASSWORD 'pass word' WITH ALL PRIVILEGES");
        await server.KillAndRestartAsync();
        Assert.Equal(200, await StatusAsync(server, "&u=root&p=pass%20word", null));
        Assert.Equal(401, await StatusAsync(server, "&u=root&p=password", null));
        Assert.Equal(401, await StatusAsync(server, "&u=root", null));
        Assert.Equal(200, await StatusAsync(server, "", new AuthenticationHeaderValue("Token", "root:pass word")));
        Assert.Equal(401, await StatusAsync(server, "", new AuthenticationHeaderValue("Token", "root")));
        Assert.Equal(401, await StatusAsync(server, "", new AuthenticationHeaderValue("Bearer", "a.b.c")));
        Assert.DoesNotContain("pass word", await File.ReadAllTextAsync(Path.Combine(server.DataDirectory, "meta.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bearer_token_counts_with_the_right_secret_until_it_expires()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
        string Token(string claims, string secret)
        {
            var signed = Url("""{"alg":"HS256","typ":"JWT"}""") + "." + Url(claims);
            return signed + "." + System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed)));
        }

        Assert.Equal("ann", EmbeddedInflux.Http.BearerToken.UserOf(Token("""{"username":"ann","exp":1700000001}""", "s"), "s", now));
        Assert.Equal("signature is invalid", Refusal(Token("""{"username":"ann","exp":1700000001}""", "t")));
        Assert.Equal("Token is expired", Refusal(Token("""{"username":"ann","exp":1699999999}""", "s")));
        Assert.Equal("token expiration required", Refusal(Token("""{"username":"ann"}""", "s")));
        Assert.Equal("token must contain a username", Refusal(Token("""{"username":"","exp":1700000001}""", "s")));
        Assert.Equal("unexpected signing method: none", Refusal(Url("""{"alg":"none"}""") + "." + Url("""{"username":"ann","exp":1700000001}""") + "."));

        string Refusal(string token) =>
            Assert.Throws<EmbeddedInflux.Http.RequestException>(() => EmbeddedInflux.Http.BearerToken.UserOf(token, "s", now)).Message;
    }

    [Fact]
    public void A_password_is_kept_hashed_and_salted()
    {
        var meta = new MetaStore(null);
        meta.CreateUser("a", "secret", true);
        meta.CreateUser("b", "secret", true);
        Assert.NotEqual(meta.Find("a")!.Hash, meta.Find("b")!.Hash);
        Assert.DoesNotContain("secret", meta.Find("a")!.Hash, StringComparison.Ordinal);
        Assert.NotNull(meta.Authenticate("a", "secret"));
        Assert.Null(meta.Authenticate("a", "Secret"));
        meta.SetPassword("a", "new");
        Assert.Null(meta.Authenticate("a", "secret"));
        Assert.NotNull(meta.Authenticate("a", "new"));
    }

    private static string Url(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static async Task<int> StatusAsync(ServerProcess server, string parameters, AuthenticationHeaderValue? header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/query?q=SHOW%20USERS" + parameters);
        request.Headers.Authorization = header;
        using var response = await server.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private static async Task<string> AskAsync(ServerProcess server, string? user, string what)
    {
        var write = what.StartsWith("write ", StringComparison.Ordinal);
        using var request = write
            ? new HttpRequestMessage(HttpMethod.Post, "/write?db=" + what[6..]) { Content = new StringContent("m,t=a v=1 1000") }
            : new HttpRequestMessage(HttpMethod.Post, "/query?db=three&epoch=ns&q=" + Uri.EscapeDataString(what));
        if (user is not null)
        {
            var pair = user.Contains(':', StringComparison.Ordinal) ? user : user + ":" + user;
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }

        using var response = await server.Http.SendAsync(request);
        return $"{(int)response.StatusCode} {(response.Headers.Contains("WWW-Authenticate") ? "challenge " : "")}{(await response.Content.ReadAsStringAsync()).TrimEnd()}";
    }
}

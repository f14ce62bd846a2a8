using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Betfair;

/// <summary>Signing in over real HTTPS: by name, by certificate, anew when a session has ended, and not again and again when it is refused.</summary>
public sealed class BetfairLoginTests : IAsyncLifetime
{
    private readonly BetfairVenue venue = new();
    private readonly LogLines log = new();
    private BetfairLoginVenue login = null!;

    public async ValueTask InitializeAsync() => login = await BetfairLoginVenue.StartAsync(venue.Certificate);

    public async ValueTask DisposeAsync()
    {
        await login.DisposeAsync();
        await venue.DisposeAsync();
    }

    [Fact]
    public async Task A_session_that_has_ended_is_opened_anew_with_name_and_password()
    {
        login.Answers.Enqueue("""{"token":"planted-first","product":"the-key","status":"SUCCESS","error":""}""");
        login.Answers.Enqueue("""{"token":"planted-second","product":"the-key","status":"SUCCESS","error":""}""");
        await using var feed = Feed(token: null);
        using var first = await venue.NextAsync();
        await first.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
        Assert.Equal("planted-first", (await first.ReadAsync())["session"]!.GetValue<string>());
        await first.SendAsync("""{"op":"status","id":1,"statusCode":"FAILURE","errorCode":"NO_SESSION","errorMessage":"gone","connectionClosed":true}""");
        using var second = await venue.NextAsync();
        await second.SendAsync("""{"op":"connection","connectionId":"206-2"}""");
        Assert.Equal("planted-second", (await second.ReadAsync())["session"]!.GetValue<string>());
        Assert.All(login.Logins, l => Assert.Equal(("/api/login", "somebody", "planted-password&=", "the-key", null), l));
        Assert.DoesNotContain("planted", feed.Texts + log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configured_session_that_has_ended_gives_way_to_name_and_password()
    {
        login.Answers.Enqueue("""{"token":"planted-new","status":"SUCCESS","error":""}""");
        await using var feed = Feed(token: "planted-old");
        using var first = await venue.NextAsync();
        await first.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
        Assert.Equal("planted-old", (await first.ReadAsync())["session"]!.GetValue<string>());
        await first.SendAsync("""{"op":"status","id":1,"statusCode":"FAILURE","errorCode":"INVALID_SESSION_INFORMATION","connectionClosed":true}""");
        using var second = await venue.NextAsync();
        await second.SendAsync("""{"op":"connection","connectionId":"206-2"}""");
        Assert.Equal("planted-new", (await second.ReadAsync())["session"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_login_of_programs_shows_its_certificate()
    {
        var folder = Directory.CreateTempSubdirectory("nbpy-betfair-");
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=a-program", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        var (certificateFile, keyFile) = (Path.Combine(folder.FullName, "client.crt"), Path.Combine(folder.FullName, "client.key"));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        login.Answers.Enqueue("""{"sessionToken":"planted-token","loginStatus":"SUCCESS"}""");
        await using (var feed = Feed(token: null, certificateFile, keyFile))
        {
            using var peer = await venue.NextAsync();
            await peer.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
            Assert.Equal("planted-token", (await peer.ReadAsync())["session"]!.GetValue<string>());
            Assert.Equal("CN=a-program", login.Logins.Single().Subject);
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("""{"token":"","product":"the-key","status":"FAIL","error":"INVALID_USERNAME_OR_PASSWORD"}""", "INVALID_USERNAME_OR_PASSWORD")]
    [InlineData("""{"loginStatus":"TEMPORARY_BAN_TOO_MANY_REQUESTS"}""", "TEMPORARY_BAN_TOO_MANY_REQUESTS")]
    public async Task A_refused_login_is_not_tried_again_for_twenty_minutes(string answer, string reason)
    {
        login.Answers.Enqueue(answer);
        await using var feed = Feed(token: null);
        await feed.UntilPhaseAsync(FeedPhase.Refused);
        Assert.Contains(reason, feed.Now.Reason, StringComparison.Ordinal);
        await feed.UntilAsync(() => log.All.Contains("next attempt in 60.0 s", StringComparison.Ordinal), "twenty minutes, scaled by 0.05");
        Assert.Single(login.Logins);
        Assert.DoesNotContain("planted", feed.Texts + log.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_login_that_answers_with_a_status_is_shown_and_tried_again(int status)
    {
        login.Statuses.Enqueue(status);
        login.Answers.Enqueue("""{"token":"planted-token","status":"SUCCESS","error":""}""");
        await using var feed = Feed(token: null);
        using var peer = await venue.NextAsync();
        Assert.Contains($"the login at localhost answered {status}", log.All, StringComparison.Ordinal);
        Assert.Equal((2, 1L), (login.Logins.Count, feed.Count(FeedCounters.ConnectFailures)));
    }

    [Fact]
    public async Task An_answer_that_is_not_JSON_is_named_and_tried_again()
    {
        login.Answers.Enqueue("<html>");
        login.Answers.Enqueue("""{"token":"planted-token","status":"SUCCESS","error":""}""");
        await using var feed = Feed(token: null);
        using var peer = await venue.NextAsync();
        Assert.Contains("not its JSON", log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_kept_alive_while_the_feed_runs()
    {
        await using var feed = Feed(token: "planted-token", more: [("timing_scale", "0.005"), ("url", "tls://127.0.0.1:1"), ("keep_alive_minutes", "1")]);
        await Wait.UntilAsync(() => login.KeepAlives.Count >= 3, () => $"three keepAlives; {log.All}");
        Assert.All(login.KeepAlives, k => Assert.Equal(("the-key", "planted-token"), k));
        Assert.Empty(login.Logins);
        Assert.DoesNotContain("planted", feed.Texts + log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_cannot_be_kept_alive_is_opened_anew_for_the_next_connection()
    {
        login.Answers.Enqueue("""{"token":"planted-new","status":"SUCCESS","error":""}""");
        login.KeepAliveAnswer = """{"token":"planted-old","product":"the-key","status":"FAIL","error":"NO_SESSION"}""";
        await using var feed = Feed(token: "planted-old", more: [("keep_alive_minutes", "1"), ("timing_scale", "0.02")]);
        await Wait.UntilAsync(() => log.All.Contains("did not prolong the session: NO_SESSION", StringComparison.Ordinal), () => "the reason");
        // Connections that were given up meanwhile showed the old one.
        for (var shown = ""; shown != "planted-new";)
        {
            using var peer = await venue.NextAsync();
            try
            {
                await peer.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
                shown = (await peer.ReadAsync())["session"]!.GetValue<string>();
            }
            catch (Exception e) when (e is IOException or ArgumentNullException)
            {
                // The next one.
            }
        }

        Assert.DoesNotContain("planted", feed.Texts + log.All, StringComparison.Ordinal);
    }

    private FeedRun Feed(string? token, string? certificate = null, string? key = null, params (string Name, string Value)[] more)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["url"] = venue.Url, ["login_url"] = login.Url(certificate is null ? "/api/login" : "/api/certlogin"), ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05",
        };
        foreach (var (name, value) in more)
            options[name] = value;
        var config = new PublisherConfig { Name = "betfair", Class = KnownClasses.BetfairStream, Port = 5564, Topic = "betfair_stream", Instruments = ["1.25"], Options = options };
        return new FeedRun(new BetfairLiveSource(
            new BetfairLiveOptions(config, v => v switch
            {
                "BETFAIR_APP_KEY" => "the-key",
                "BETFAIR_USERNAME" => "somebody",
                "BETFAIR_PASSWORD" => "planted-password&=",
                "BETFAIR_SESSION_TOKEN" => token,
                "BETFAIR_CERTIFICATE" => certificate,
                "BETFAIR_CERTIFICATE_KEY" => key,
                _ => null,
            }),
            TimeProvider.System, log));
    }
}

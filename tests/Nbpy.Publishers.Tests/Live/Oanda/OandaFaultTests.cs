using Nbpy.Publishers.Live;
using Nbpy.Publishers.Oanda.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Oanda.OandaWire;

namespace Nbpy.Publishers.Tests.Live.Oanda;

/// <summary>Streams that are refused, fall silent, break and come back.</summary>
public sealed class OandaFaultTests : OandaTests
{
    [Theory]
    [InlineData(401, FeedPhase.Refused, 60, null)]
    [InlineData(403, FeedPhase.Refused, 60, null)]
    [InlineData(404, FeedPhase.Refused, 60, null)]
    [InlineData(405, FeedPhase.Refused, 60, null)]
    [InlineData(409, FeedPhase.Refused, 60, null)]
    [InlineData(429, FeedPhase.Refused, 10, null)]
    [InlineData(429, FeedPhase.Refused, 30, "30")]
    [InlineData(500, FeedPhase.Connecting, 1, null)]
    [InlineData(503, FeedPhase.Connecting, 1, null)]
    [InlineData(503, FeedPhase.Connecting, 20, "20")]
    public async Task A_refusal_is_shown_and_tried_again_when_that_makes_sense(int status, FeedPhase phase, int seconds, string? retryAfter)
    {
        Venue.RefuseStreams.Enqueue(OandaRefusal.Of(status, "Some words.", retryAfter));
        await using var run = Ticks();
        await run.UntilAsync(() => run.Now.Reason.StartsWith($"127.0.0.1 answered HTTP {status} (Some words.), request 42", StringComparison.Ordinal), "the status is shown");
        Assert.Equal(phase, run.Now.Phase);
        var at = Clock.GetUtcNow();
        var peer = await Venue.AcceptAsync(Clock, TimeSpan.FromSeconds(seconds / 50.0));
        Assert.InRange((Clock.GetUtcNow() - at).TotalSeconds, seconds * 0.98, (seconds * 1.3) + 3);
        await peer.SendAsync(Price(1, 2));
        await run.UntilCountAsync(1);
        Assert.Equal((FeedPhase.Live, 1, 0), (run.Now.Phase, run.Count(FeedCounters.ConnectFailures), run.Count(FeedCounters.Reconnects)));
    }

    [Fact]
    public async Task A_wrong_token_and_a_strange_account_are_refused_in_the_venues_words_and_shown_nowhere()
    {
        foreach (var (token, account, words) in new[]
        {
            ("planted-token-7777", OandaEmulator.Account, "Insufficient authorization"), (OandaEmulator.Token, "101-004-7777777-001", "was forbidden"),
        })
        {
            await using var run = new FeedRun(Source(Config(KnownClasses.OandaOrders, []), token, account));
            await run.UntilPhaseAsync(FeedPhase.Refused);
            Assert.Contains(words, run.Now.Reason, StringComparison.Ordinal);
            Assert.DoesNotContain("7777", run.Texts + Log.All, StringComparison.Ordinal);
        }

        // A venue that repeats what it was sent.
        Venue.RefuseStreams.Enqueue(OandaRefusal.Of(401, $"Bearer {OandaEmulator.Token} of {OandaEmulator.Account} is wrong"));
        await using var echo = Ticks();
        await echo.UntilPhaseAsync(FeedPhase.Refused);
        Assert.Contains("Bearer *** of *** is wrong", echo.Now.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(OandaEmulator.Token, echo.Texts + Log.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_seconds_of_silence_are_stale_and_lead_to_a_new_stream_that_repeats_nothing()
    {
        await using var run = Ticks();
        var first = await Venue.AcceptAsync();
        await first.SendAsync(Price(1, 2, At(1)));
        await run.UntilCountAsync(1);
        var silent = Clock.GetUtcNow();
        var second = await Venue.AcceptAsync(Clock);
        Assert.InRange((Clock.GetUtcNow() - silent).TotalSeconds, 10.4, 12.5);
        Assert.Contains(new FeedStatus.Snapshot(FeedPhase.Stale, "no heartbeat from OANDA: nothing came for 10 s"), run.Phases);
        await second.SendAsync(Price(1, 2, At(1)));
        await second.SendAsync(Price(3, 4, At(11_000)));
        await run.UntilCountAsync(2);
        Assert.Equal(["EUR_USD 1 2", "EUR_USD 3 4"], run.Messages.Select(Tick));
        Assert.Equal((1, 1, 0), (run.Count(FeedCounters.Reconnects), run.Count(FeedCounters.Repeated), run.Count(FeedCounters.ConnectFailures)));
        Assert.Equal(
            [FeedPhase.Subscribed, FeedPhase.Live, FeedPhase.Stale, FeedPhase.Connecting, FeedPhase.Subscribed, FeedPhase.Live],
            run.Phases.Select(p => p.Phase));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_orderly_end_and_a_break_both_lead_to_a_new_stream(bool orderly)
    {
        await using var run = Ticks();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1, 2, At(1)));
        await run.UntilCountAsync(1);
        // Half a line that never gets its end is nothing.
        await peer.SendRawAsync(Price(5, 6, At(2))[..60]);
        if (orderly)
            peer.End();
        else
            peer.Abort();
        var at = Clock.GetUtcNow();
        peer = await Venue.AcceptAsync(Clock);
        Assert.InRange((Clock.GetUtcNow() - at).TotalSeconds, 0.9, 3);
        await peer.SendAsync(Price(3, 4, At(3)));
        await run.UntilCountAsync(2);
        Assert.Equal(["EUR_USD 1 2", "EUR_USD 3 4"], run.Messages.Select(Tick));
        Assert.Equal(1, run.Count(FeedCounters.Reconnects));
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_chunk_publishes_nothing_of_it_and_pieces_of_a_byte_come_out_whole()
    {
        await using var proxy = new TcpProxy(Venue.Port) { Piece = 1 };
        await using var run = new FeedRun(Source(Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", $"http://127.0.0.1:{proxy.Port}"))));
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1, 2, At(1)));
        await run.UntilCountAsync(1);
        proxy.CutAfter = 100;
        await peer.SendAsync(Price(3, 4, At(2)));
        peer = await Venue.AcceptAsync(Clock);
        await peer.SendAsync(Price(5, 6, At(3)));
        await run.UntilCountAsync(2);
        Assert.Equal(["EUR_USD 1 2", "EUR_USD 5 6"], run.Messages.Select(Tick));
        Assert.Equal((1, 0), (run.Count(FeedCounters.Reconnects), run.Count(FeedCounters.Undecodable)));
    }

    [Fact]
    public async Task Waits_grow_while_connections_bring_no_data_and_start_afresh_after_data()
    {
        await using var proxy = new TcpProxy(Venue.Port);
        proxy.CloseNext(int.MaxValue);
        await using var run = new FeedRun(Source(Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", $"http://127.0.0.1:{proxy.Port}"))));
        var start = Clock.GetUtcNow();
        await Clock.AdvanceUntilAsync(() => run.Count(FeedCounters.ConnectFailures) == 4, "four attempts");
        proxy.CloseNext(0);
        var peer = await Venue.AcceptAsync(Clock);
        // Half of 1 + 2 + 4 + 8 seconds at least.
        Assert.InRange((Clock.GetUtcNow() - start).TotalSeconds, 7.4, 20);
        peer.Abort();
        var second = Clock.GetUtcNow();
        peer = await Venue.AcceptAsync(Clock);
        // An open stream alone has proved nothing.
        Assert.True((Clock.GetUtcNow() - second).TotalSeconds >= 7.9);
        await peer.SendAsync(Price(1, 2));
        await run.UntilCountAsync(1);
        peer.Abort();
        var third = Clock.GetUtcNow();
        await Venue.AcceptAsync(Clock);
        Assert.InRange((Clock.GetUtcNow() - third).TotalSeconds, 0.4, 3);
        await run.UntilAsync(() => run.Count(FeedCounters.Reconnects) == 2, "the second reconnect");
        // One connection an attempt: the HTTP client itself tries none again.
        Assert.Equal(7, proxy.Connections);
    }

    [Fact]
    public async Task Two_connections_are_never_less_than_a_second_apart()
    {
        await using var run = Ticks();
        for (var i = 0; i < 4; i++)
        {
            var peer = i == 0 ? await Venue.AcceptAsync() : await Venue.AcceptAsync(Clock, TimeSpan.FromMilliseconds(20));
            var at = Clock.GetUtcNow();
            await peer.SendAsync(Price(1 + i, 2 + i, At(i)));
            await run.UntilCountAsync(i + 1);
            peer.End();
            if (i == 0)
                continue;
            Assert.True(at - Clock.Start >= TimeSpan.FromSeconds(i), $"{at - Clock.Start}");
        }
    }

    [Fact]
    public async Task Nobody_listening_is_retried_and_shown()
    {
        using var closed = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var run = new FeedRun(Source(Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", $"http://127.0.0.1:{port}"))));
        await Clock.AdvanceUntilAsync(() => run.Count(FeedCounters.ConnectFailures) >= 3, "three attempts");
        Assert.Equal(FeedPhase.Connecting, run.Now.Phase);
        Assert.StartsWith("no connection to 127.0.0.1: ", run.Now.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slow_start_is_waited_for_within_the_heartbeat_rule(bool orders)
    {
        await using var run = orders ? Orders() : Ticks();
        var peer = await Venue.AcceptAsync();
        await run.UntilPhaseAsync(FeedPhase.Subscribed);
        for (var i = 0; i < 3; i++)
        {
            var at = Clock.GetUtcNow();
            await Clock.AdvanceUntilAsync(() => Clock.GetUtcNow() - at >= TimeSpan.FromSeconds(9), "nine seconds", TimeSpan.FromSeconds(1));
            var skew = run.Count(FeedCounters.ClockSkewMs);
            await peer.SendAsync(Heartbeat(Clock.GetUtcNow().AddHours(-1 - i).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)));
            await run.UntilAsync(() => run.Count(FeedCounters.ClockSkewMs) > skew, "the heartbeat is read");
        }

        await peer.SendAsync(orders ? LimitOrder(7) : Price(1, 2));
        await run.UntilCountAsync(1);
        Assert.Equal((FeedPhase.Live, 1), (run.Now.Phase, Venue.Attempts));
    }

    [Fact]
    public async Task A_server_that_takes_the_connection_and_never_answers_is_given_up()
    {
        using var mute = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        var port = ((System.Net.IPEndPoint)mute.LocalEndpoint).Port;
        await using var run = new FeedRun(Source(Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", $"http://127.0.0.1:{port}"))));
        await Clock.AdvanceUntilAsync(() => run.Texts.Contains("did not answer within 15 s", StringComparison.Ordinal), "given up");
    }

    [Fact]
    public async Task A_line_without_end_is_given_up_at_the_bound()
    {
        await using var run = Ticks();
        var peer = await Venue.AcceptAsync();
        await peer.SendAsync(Price(1, 2));
        await peer.SendRawAsync(new string('x', HttpLineStream.LongestLine + 10));
        await run.UntilAsync(() => run.Now.Reason == $"a line is longer than {HttpLineStream.LongestLine} bytes", "given up");
        Assert.Single(run.Messages);
    }

    [Fact]
    public async Task Tls_is_spoken_with_a_certificate_of_ca_file_and_with_no_other()
    {
        using var certificate = new TestCertificate();
        using var stranger = new TestCertificate();
        await using var venue = await OandaEmulator.StartAsync(certificate);
        await using (var run = new FeedRun(Source(Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", venue.Url), ("ca_file", certificate.CaFile)))))
        {
            var peer = await venue.AcceptAsync();
            await peer.SendAsync(Price(1, 2));
            await run.UntilCountAsync(1);
        }

        foreach (var config in new[]
        {
            Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", venue.Url)),
            Config(KnownClasses.OandaTick, ["EUR_USD"], ("url", venue.Url), ("ca_file", stranger.CaFile)),
        })
        {
            await using var run = new FeedRun(Source(config));
            await run.UntilAsync(() => run.Count(FeedCounters.ConnectFailures) > 0, "refused");
            Assert.Equal(FeedPhase.Connecting, run.Now.Phase);
            Assert.StartsWith("no connection to 127.0.0.1: The remote certificate", run.Now.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(1, venue.Attempts);
    }

    [Theory]
    [InlineData("url", "http://stream-fxpractice.example", "http without TLS on this machine only")]
    [InlineData("rest_url", "ftp://127.0.0.1", "an address such as https://api-fxpractice.oanda.com")]
    [InlineData("environment", "demo", "practice or live")]
    [InlineData("timing_scale", "0", "a factor above 0")]
    [InlineData("ca_file", "no-such-file.pem", "cannot be read")]
    public void An_option_that_means_nothing_is_an_error_of_the_configuration(string option, string value, string mend)
    {
        var error = Assert.Throws<ServiceStartException>(() => Source(Config(KnownClasses.OandaTick, [], (option, value))));
        Assert.Contains($"options.{option}", error.Message, StringComparison.Ordinal);
        Assert.Contains(mend, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_that_are_missing_are_named_and_an_account_of_the_old_api_is_not_taken()
    {
        var config = Config(KnownClasses.OandaTick, [], ("token_env", "MY_TOKEN"));
        Assert.Equal(["MY_TOKEN", "OANDA_ACCOUNT_ID"], KnownClasses.MissingCredentials(config, _ => null));
        Assert.Empty(KnownClasses.MissingCredentials(config, _ => "x-1"));
        var missing = Assert.Throws<ServiceStartException>(() => OandaLiveFeeds.Create(config, Clock, Log, _ => null));
        Assert.Contains("MY_TOKEN and OANDA_ACCOUNT_ID have to be set", missing.Message, StringComparison.Ordinal);
        var old = Assert.Throws<ServiceStartException>(() => Source(Config(KnownClasses.OandaTick, []), account: "1234567"));
        Assert.Contains("v20 accounts look like 101-004-", old.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("account 1234567", old.Message, StringComparison.Ordinal);
    }
}

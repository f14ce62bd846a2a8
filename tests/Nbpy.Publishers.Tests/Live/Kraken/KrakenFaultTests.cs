using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Kraken.KrakenWire;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>Connections that fail, break and come back.</summary>
public sealed class KrakenFaultTests : KrakenTests
{
    private static readonly string[] Btc = ["BTC/USD"];

    [Theory]
    [InlineData(503, FeedPhase.Connecting, 5)]
    [InlineData(500, FeedPhase.Connecting, 5)]
    [InlineData(401, FeedPhase.Refused, 60)]
    [InlineData(404, FeedPhase.Refused, 60)]
    [InlineData(409, FeedPhase.Refused, 60)]
    [InlineData(403, FeedPhase.Refused, 600)]
    [InlineData(429, FeedPhase.Refused, 600)]
    public async Task An_upgrade_refused_with_a_status_is_tried_again_when_that_makes_sense(int status, FeedPhase phase, int seconds)
    {
        Venue.RefuseUpgrades.Enqueue(status);
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        await run.UntilAsync(() => run.Now.Reason.Contains($"HTTP {status}", StringComparison.Ordinal), "the status is shown");
        Assert.Equal(phase, run.Now.Phase);
        var at = Clock.GetUtcNow();
        KrakenPeer? peer = null;
        var accept = Venue.AcceptAsync();
        await Clock.AdvanceUntilAsync(
            () => accept.IsCompleted || (Clock.GetUtcNow() - at).TotalSeconds > seconds * 0.96, "nearly another attempt", TimeSpan.FromSeconds(seconds / 50.0));
        // In small steps from here on: the new connection takes 5 s without a message for silence.
        await Clock.AdvanceUntilAsync(() => accept.IsCompleted, "another attempt", TimeSpan.FromMilliseconds(250));
        Assert.InRange((Clock.GetUtcNow() - at).TotalSeconds, seconds, (seconds * 1.2) + 2);
        peer = await accept;
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        await run.UntilPhaseAsync(FeedPhase.Live);
    }

    [Fact]
    public async Task Waits_grow_while_connections_bring_no_data_and_start_afresh_after_data()
    {
        await using var proxy = new TcpProxy(Venue.Port);
        proxy.CloseNext(int.MaxValue);
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc, ("url", $"ws://127.0.0.1:{proxy.Port}/v2"))));
        var start = Clock.GetUtcNow();
        await Clock.AdvanceUntilAsync(() => run.Count(FeedCounters.ConnectFailures) == 4, "four attempts");
        proxy.CloseNext(0);
        var peer = await Venue.AcceptAsync(Clock);
        // Half of 1 + 2 + 4 + 8 seconds at least.
        Assert.InRange((Clock.GetUtcNow() - start).TotalSeconds, 7.4, 20);
        Assert.Equal(4, run.Count(FeedCounters.ConnectFailures));
        await peer.WelcomeAsync();
        peer.Abort();
        var second = Clock.GetUtcNow();
        peer = await Venue.AcceptAsync(Clock);
        // A connection and an acknowledgement alone have proved nothing.
        Assert.True((Clock.GetUtcNow() - second).TotalSeconds >= 7.9);
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        peer.Abort();
        var third = Clock.GetUtcNow();
        await Venue.AcceptAsync(Clock);
        Assert.InRange((Clock.GetUtcNow() - third).TotalSeconds, 0.4, 2);
        // The venue may know of the connection before the feed does.
        await Clock.AdvanceUntilAsync(() => run.Count(FeedCounters.Reconnects) == 2, "the second reconnect");
    }

    [Fact]
    public async Task Nobody_listening_is_retried_and_shown()
    {
        using var closed = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc, ("url", $"ws://127.0.0.1:{port}/v2"))));
        await Clock.AdvanceUntilAsync(() => run.Count(FeedCounters.ConnectFailures) >= 3, "three attempts");
        Assert.Equal(FeedPhase.Connecting, run.Now.Phase);
        Assert.Empty(run.Messages);
    }

    [Fact]
    public async Task A_server_that_takes_the_connection_and_never_answers_is_given_up()
    {
        using var mute = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        var port = ((System.Net.IPEndPoint)mute.LocalEndpoint).Port;
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc, ("url", $"ws://127.0.0.1:{port}/v2"))));
        await Clock.AdvanceUntilAsync(() => run.Texts.Contains("did not answer within 15 s", StringComparison.Ordinal), "given up");
    }

    [Fact]
    public async Task A_slow_start_is_waited_for()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        var request = await peer.NextAsync();
        // Nine seconds until the answer, and as long again until the first data.
        await BeatAsync(peer, seconds: 9);
        await peer.AcknowledgeAsync(request);
        await run.UntilPhaseAsync(FeedPhase.Subscribed);
        await BeatAsync(peer, seconds: 9);
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        Assert.Equal((FeedPhase.Live, 1, false), (run.Now.Phase, Venue.Attempts, peer.HasRequest));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Pieces_of_any_size_on_the_wire_and_messages_in_several_frames_come_out_whole(int piece)
    {
        await using var proxy = new TcpProxy(Venue.Port) { Piece = piece };
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc, ("url", $"ws://127.0.0.1:{proxy.Port}/v2"))));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        for (var i = 1; i <= 20; i++)
            await peer.SendAsync(Ticker("BTC/USD", i, i + 1, time: null), frame: i);
        await run.UntilCountAsync(20);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => $"BTC/USD {i} {i + 1}"), run.Messages.Select(Tick));
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_message_publishes_nothing_of_it()
    {
        await using var proxy = new TcpProxy(Venue.Port);
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc, ("url", $"ws://127.0.0.1:{proxy.Port}/v2"))));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        proxy.CutAfter = 40;
        await peer.SendAsync(Ticker("BTC/USD", 3, 4, time: null));
        peer = await Venue.AcceptAsync(Clock);
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 5, 6, time: null));
        await run.UntilCountAsync(2);
        Assert.Equal(["BTC/USD 1 2", "BTC/USD 5 6"], run.Messages.Select(Tick));
        Assert.Equal(1, run.Count(FeedCounters.Reconnects));
    }

    [Fact]
    public async Task Maintenance_is_shown_and_the_next_attempt_waits_five_seconds()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        await peer.StatusAsync("cancel_only");
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow; Kraken is in cancel_only"), "cancel_only");
        await peer.StatusAsync("maintenance");
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Stale, "Kraken is in maintenance"), "maintenance");
        await peer.CloseAsync(1001);
        await run.UntilAsync(() => run.Now.Reason == "closed by the server with 1001 (going away)", "the reason");
        var at = Clock.GetUtcNow();
        peer = await Venue.AcceptAsync(Clock);
        Assert.InRange((Clock.GetUtcNow() - at).TotalSeconds, 5, 7);
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 3, 4, time: null));
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Live, "data flow"), "live again");
        // A session that ends is no attempt that failed.
        Assert.Equal((0, 1), (run.Count(FeedCounters.ConnectFailures), run.Count(FeedCounters.Reconnects)));
    }

    [Fact]
    public async Task Too_many_requests_are_asked_again_later_on_the_same_connection()
    {
        await using var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc)));
        var peer = await Venue.AcceptAsync();
        await peer.StatusAsync();
        await peer.NextAsync();
        await peer.SendAsync("""{"Error":"Exceeded msg rate"}""");
        await run.UntilAsync(() => run.Now == new FeedStatus.Snapshot(FeedPhase.Stale, "BTC/USD: Exceeded msg rate"), "shown");
        var at = Clock.GetUtcNow();
        await Clock.AdvanceUntilAsync(() => peer.HasRequest, "asked again");
        Assert.InRange((Clock.GetUtcNow() - at).TotalSeconds, 5, 8);
        await peer.AcknowledgeAsync(await peer.NextAsync());
        await peer.SendAsync(Ticker("BTC/USD", 1, 2));
        await run.UntilCountAsync(1);
        Assert.Equal(1, Venue.Attempts);
    }

    [Fact]
    public async Task Tls_is_spoken_with_a_certificate_of_ca_file_and_with_no_other()
    {
        using var certificate = new TestCertificate();
        using var stranger = new TestCertificate();
        using var otherName = new TestCertificate("example.test");
        await using var venue = await KrakenEmulator.StartAsync(certificate);
        await using var misnamed = await KrakenEmulator.StartAsync(otherName);
        await using (var run = new FeedRun(Source(Config(KnownClasses.KrakenTick, Btc, ("url", venue.Url), ("ca_file", certificate.CaFile)))))
        {
            var peer = await venue.AcceptAsync();
            await peer.WelcomeAsync();
            await peer.SendAsync(Ticker("BTC/USD", 1, 2));
            await run.UntilCountAsync(1);
        }

        foreach (var config in new[]
        {
            Config(KnownClasses.KrakenTick, Btc, ("url", venue.Url)),
            Config(KnownClasses.KrakenTick, Btc, ("url", venue.Url), ("ca_file", stranger.CaFile)),
            Config(KnownClasses.KrakenTick, Btc, ("url", misnamed.Url), ("ca_file", otherName.CaFile)),
        })
        {
            await using var run = new FeedRun(Source(config));
            await run.UntilAsync(() => run.Count(FeedCounters.ConnectFailures) > 0, "refused");
            Assert.Equal(FeedPhase.Connecting, run.Now.Phase);
        }

        Assert.Equal((1, 0), (venue.Attempts, misnamed.Attempts));
    }

    [Fact]
    public void A_file_of_certificates_that_cannot_be_read_is_an_error_of_the_configuration()
    {
        var error = Assert.Throws<ServiceDefaults.ServiceStartException>(
            () => Source(Config(KnownClasses.KrakenTick, Btc, ("ca_file", "no-such-file.pem"))));
        Assert.Contains("options.ca_file", error.Message, StringComparison.Ordinal);
    }

    private async Task BeatAsync(KrakenPeer peer, int seconds)
    {
        for (var i = 0; i < seconds * 2; i++)
        {
            await peer.HeartbeatAsync();
            var at = Clock.GetUtcNow();
            await Clock.AdvanceUntilAsync(() => Clock.GetUtcNow() > at, "half a second", TimeSpan.FromMilliseconds(500));
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nbpy.Messaging;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Betfair;

/// <summary>Connections that fail, break and come back, and lines in every shape that TLS may give them.</summary>
public sealed class BetfairFaultTests : IAsyncDisposable
{
    private readonly BetfairVenue venue = new();
    private readonly LogLines log = new();
    private int clock;

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task Nobody_listening_is_retried_and_shown()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        await using var feed = Feed(("url", $"tls://127.0.0.1:{port}"), ("timing_scale", "0.01"));
        await feed.UntilAsync(() => feed.Count(FeedCounters.ConnectFailures) >= 3, "three attempts");
        Assert.Equal(FeedPhase.Connecting, feed.Now.Phase);
    }

    [Fact]
    public async Task Connections_closed_at_once_are_retried_with_growing_waits()
    {
        await using var proxy = new TcpProxy(venue.Port);
        proxy.CloseNext(4);
        await using var feed = Feed(("url", $"tls://127.0.0.1:{proxy.Port}"));
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription));
        await feed.UntilCountAsync(1);
        Assert.Equal((5, 4, 0), (proxy.Connections, feed.Count(FeedCounters.ConnectFailures), feed.Count(FeedCounters.Reconnects)));
        var waits = log.All.Split("next attempt in ").Skip(1).Select(t => double.Parse(t.Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(waits[3], 0.2, 0.4); // Half of 8 s at least, scaled.
        peer.Dispose();
    }

    [Fact]
    public async Task A_server_that_never_speaks_is_given_up()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        await using var feed = Feed(("url", $"tls://127.0.0.1:{((IPEndPoint)mute.LocalEndpoint).Port}"), ("timing_scale", "0.01"));
        await feed.UntilAsync(() => feed.Texts.Contains("did not answer in time", StringComparison.Ordinal), "no TLS");
        // With TLS, and silent from then on.
        await using var second = Feed(("timing_scale", "0.01"));
        using var peer = await venue.NextAsync();
        await second.UntilAsync(() => second.Texts.Contains("no heartbeat from Betfair", StringComparison.Ordinal), "no connection message");
    }

    [Fact]
    public async Task Only_certificates_that_are_trusted_are_spoken_to()
    {
        using var stranger = new TestCertificate();
        await using (var feed = Feed(("ca_file", stranger.CaFile)))
        {
            await feed.UntilAsync(() => feed.Count(FeedCounters.ConnectFailures) >= 2, "refused twice");
            Assert.Equal(FeedPhase.Connecting, feed.Now.Phase);
            Assert.Contains("certificate", feed.Texts + log.All, StringComparison.OrdinalIgnoreCase);
        }

        await using var other = new BetfairVenue();
        await using var trusting = Feed(("url", other.Url), ("ca_file", other.Certificate.CaFile));
        var (peer, _) = await other.SubscribedAsync();
        peer.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Pieces_of_any_size_and_lines_in_one_write_come_out_whole(int piece)
    {
        await using var proxy = new TcpProxy(venue.Port) { Piece = piece };
        await using var feed = Feed(("url", $"tls://127.0.0.1:{proxy.Port}"));
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription));
        await peer.SendRawAsync(string.Concat(Enumerable.Range(1, 20).Select(i => Delta(subscription, i) + "\r\n")));
        // One line over many records.
        foreach (var part in (Delta(subscription, 21) + "\r\n").Chunk(20))
            await peer.SendRawAsync(new string(part));
        await feed.UntilCountAsync(22);
        Assert.Equal([.. Enumerable.Range(1, 21).Select(i => (double)i)], feed.Messages.Skip(1).Select(m => (double)m.Get("back_price")!));
        Assert.Equal(0, feed.Count(FeedCounters.Undecodable));
        peer.Dispose();
    }

    [Fact]
    public async Task A_line_without_its_end_is_waited_for_as_long_as_bytes_come()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription));
        await feed.UntilCountAsync(1);
        // Twice the heartbeat is 500 ms here; the line takes longer.
        foreach (var part in (Delta(subscription, 3) + "\r\n").Chunk(8))
        {
            await peer.SendRawAsync(new string(part));
            await Task.Delay(45, TestContext.Current.CancellationToken);
        }

        await feed.UntilCountAsync(2);
        Assert.Equal(0, feed.Count(FeedCounters.Reconnects));
        peer.Dispose();
    }

    [Theory]
    [InlineData("close_notify")]
    [InlineData("reset")]
    [InlineData("cut")]
    public async Task However_a_connection_ends_the_next_resumes_and_half_a_line_is_nothing(string how)
    {
        await using var proxy = new TcpProxy(venue.Port);
        await using var feed = how == "reset" ? Feed() : Feed(("url", $"tls://127.0.0.1:{proxy.Port}"));
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription));
        await peer.SendAsync(Delta(subscription, 3));
        await feed.UntilCountAsync(2);
        if (how == "cut")
            proxy.CutAfter = 60;
        var half = Delta(subscription, 9);
        await peer.SendRawAsync(half[..^8]);
        if (how == "close_notify")
            await peer.EndAsync();
        else if (how == "reset")
            peer.Abort();
        var (second, resumed) = await venue.SubscribedAsync();
        Assert.Equal("1", resumed["clk"]!.GetValue<string>());
        await second.SendAsync(Delta(resumed, 4));
        await feed.UntilCountAsync(3);
        Assert.Equal(1, feed.Count(FeedCounters.Reconnects));
        Assert.Equal(0, feed.Count(FeedCounters.Undecodable));
        Assert.DoesNotContain(9.0, feed.Messages.Select(m => m.Get("back_price")));
        second.Dispose();
    }

    [Fact]
    public async Task A_timeout_of_Betfairs_is_shown_and_tried_again()
    {
        await using var feed = Feed();
        using var peer = await venue.NextAsync();
        await peer.SendAsync("""{"op":"connection","connectionId":"206-1"}""");
        await peer.ReadAsync();
        await peer.SendAsync("""{"op":"status","statusCode":"FAILURE","errorCode":"TIMEOUT","errorMessage":"Timed out trying to read message make sure to add \\r\\n\nRead data : ''","connectionClosed":true,"connectionId":"206-150126103100-304"}""");
        await feed.UntilAsync(() => log.All.Contains("TIMEOUT: Timed out trying to read message", StringComparison.Ordinal), "the reason");
        var (second, subscription) = await venue.SubscribedAsync();
        await second.SendAsync(Image(subscription));
        await feed.UntilCountAsync(1);
        second.Dispose();
    }

    [Fact]
    public async Task A_slow_start_is_waited_for_and_heartbeats_alone_keep_the_connection()
    {
        var time = new ManualClock();
        await using var feed = Feed(time, ("timing_scale", "1"));
        var (peer, subscription) = await venue.SubscribedAsync();
        await feed.UntilPhaseAsync(FeedPhase.Subscribed);
        await BeatAsync();
        Assert.Equal(FeedPhase.Subscribed, feed.Now.Phase);
        await peer.SendAsync(Image(subscription));
        await feed.UntilCountAsync(1);
        await BeatAsync();
        Assert.Equal((FeedPhase.Live, 0, 1), (feed.Now.Phase, feed.Count(FeedCounters.Reconnects), feed.Messages.Count));
        peer.Dispose();

        // Twice the heartbeat is 10 s. What is unknown shows that the heartbeat before it has been read.
        async Task BeatAsync()
        {
            for (var i = 0; i < 4; i++)
            {
                var unknown = feed.Count(FeedCounters.Unknown);
                time.Advance(TimeSpan.FromSeconds(9));
                await peer.SendAsync($$"""{"op":"mcm","id":{{subscription["id"]}},"clk":"h","pt":1768473000000,"ct":"HEARTBEAT"}""");
                await peer.SendAsync("""{"op":"weather"}""");
                await feed.UntilAsync(() => feed.Count(FeedCounters.Unknown) > unknown, "the heartbeat is read");
            }
        }
    }

    [Fact]
    public async Task A_burst_loses_nothing_and_keeps_the_order()
    {
        const int Burst = 5000;
        await using var feed = Feed(("queue_capacity", "16"), ("timing_scale", "1"));
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription));
        await peer.SendRawAsync(string.Concat(Enumerable.Range(1, Burst).Select(i => Delta(subscription, i) + "\r\n")));
        await feed.UntilCountAsync(Burst + 1);
        Assert.Equal([.. Enumerable.Range(1, Burst).Select(i => (double)i)], feed.Messages.Skip(1).Select(m => (double)m.Get("back_price")!));
        peer.Dispose();
    }

    [Fact]
    public async Task Unknown_members_and_orders_repeats_new_and_handicap_runners_and_the_markets_end_are_followed()
    {
        await using var feed = Feed();
        var (peer, subscription) = await venue.SubscribedAsync();
        await peer.SendAsync(Image(subscription));
        var id = subscription["id"]!.GetValue<long>();
        await peer.SendAsync($$"""{"mc":[{"rc":[{"batb":[[0,3,1]],"new":[{}],"id":12},{"hc":-1.5,"batb":[[0,4,1]],"id":12}],"con":true,"id":"1.25"}],"new":true,"pt":1768473000100,"clk":"a","op":"mcm","id":{{id}}}""");
        await peer.SendAsync("""{"op":"weather","id":1}""");
        await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"clk":"a","pt":1768473000100,"mc":[{"id":"1.25","con":true,"rc":[{"batb":[[0,3,1]],"id":12}]}]}""");
        await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"clk":"b","pt":1768473000200,"mc":[{"id":"1.25","marketDefinition":{"eventId":"77","status":"SUSPENDED"},"rc":[{"batb":[[0,0,0]],"id":12}]}]}""");
        await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"clk":"c","pt":1768473000300,"mc":[{"id":"1.25","marketDefinition":{"eventId":"77","status":"CLOSED","settledTime":"2026-01-15T11:00:00.000Z"} }]}""");
        await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"clk":"d","pt":1768473000400,"ct":"HEARTBEAT"}""");
        await peer.SendAsync($$"""{"op":"mcm","id":{{id}},"clk":"e","pt":1768473000500,"mc":[{"id":"1.26","img":true,"marketDefinition":{"eventId":"78","status":"OPEN"},"rc":[{"batb":[[0,5,1]],"id":1}]}]}""");
        await feed.UntilCountAsync(5);
        Assert.Equal(["10 2.5", "12 3", "12:-1.5 4", "12 -", "1 5"], feed.Messages.Select(m => $"{m.Get("selection_id")} {m.Get("back_price") ?? "-"}"));
        Assert.Equal((1, 1, 0), (feed.Count(FeedCounters.Repeated), feed.Count(FeedCounters.Unknown), feed.Count(FeedCounters.Undecodable)));
        peer.Dispose();
    }

    private static string Image(System.Text.Json.Nodes.JsonObject subscription) =>
        $$"""{"op":"mcm","id":{{subscription["id"]}},"initialClk":"init","clk":"0","heartbeatMs":5000,"pt":1768473000000,"ct":"SUB_IMAGE","mc":[{"id":"1.25","img":true,"marketDefinition":{"eventId":"77","status":"OPEN"},"rc":[{"id":10,"batb":[[0,2.5,5]]}]}]}""";

    private string Delta(System.Text.Json.Nodes.JsonObject subscription, int back) =>
        $$"""{"op":"mcm","id":{{subscription["id"]}},"clk":"{{++clock}}","pt":{{1768473000000 + clock}},"mc":[{"id":"1.25","rc":[{"id":10,"batb":[[0,{{back}},5]]}]}]}""";

    private FeedRun Feed(params (string Name, string Value)[] options) => Feed(TimeProvider.System, options);

    private FeedRun Feed(TimeProvider time, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05" };
        foreach (var (name, value) in options)
            all[name] = value;
        var config = new PublisherConfig { Name = "betfair", Class = KnownClasses.BetfairStream, Port = 5564, Topic = "betfair_stream", Instruments = ["1.25"], Options = all };
        return new FeedRun(new BetfairLiveSource(
            new BetfairLiveOptions(config, v => v switch { "BETFAIR_APP_KEY" => "the-key", "BETFAIR_SESSION_TOKEN" => "planted-session", _ => null }), time, log));
    }
}

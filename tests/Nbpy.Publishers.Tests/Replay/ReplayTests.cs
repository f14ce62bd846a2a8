using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Replay;

public sealed class ReplayTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly long StartNs = Rfc3339.ToNanoseconds(Start);

    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-replay-").FullName;

    public static TheoryData<string, string[]> Topics => new()
    {
        { KnownClasses.KrakenTick, ["pair", "exchange", "bid", "ask", "last_trade_price", "volume", "vwap"] },
        { KnownClasses.KrakenDepth, ["pair", "level", "exchange", "bid_price", "bid_size", "ask_price", "ask_size"] },
        {
            KnownClasses.KrakenOrders,
            ["pair", "status", "type", "side", "exchange", "order_id", "price", "amount", "filled_amount", "fee"]
        },
        { KnownClasses.OandaTick, ["instrument", "exchange", "bid", "ask", "spread", "volume"] },
        {
            KnownClasses.OandaOrders,
            ["instrument", "status", "type", "side", "exchange", "order_id", "price", "units", "profit_loss"]
        },
        {
            KnownClasses.BetfairStream,
            ["event_id", "market_id", "selection_id", "exchange", "back_price", "back_size", "lay_price", "lay_size",
                "last_traded_price", "matched_amount"]
        },
        {
            KnownClasses.TwitterSentiment,
            ["topic", "lang", "exchange", "sentiment_score", "positive", "neutral", "negative", "text_length", "followers",
                "author", "location"]
        },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Topics))]
    public async Task Every_bundled_recording_streams_about_a_message_a_second_for_minutes(string publisherClass, string[] keys)
    {
        var clock = new JumpingTimeProvider(Start);
        var times = new List<long>();
        await foreach (var message in Source(publisherClass, clock).ReadAsync(TestContext.Current.CancellationToken))
        {
            Assert.Subset(keys.ToHashSet(), message.Keys().ToHashSet());
            Assert.All(message.Fields, field => Assert.True(
                field.Value.Kind == FieldKind.None || field.Value.Kind is FieldKind.Float or FieldKind.Integer == IsNumber(field.Name), field.Name));
            times.Add(message.TimestampNs);
            if (message.TimestampNs > StartNs + 120_000_000_000)
                break;
        }
        Assert.Equal(StartNs, times[0]);
        Assert.Equal(times.Order(), times);
        Assert.True(times.Count >= 110, $"{times.Count} messages in two minutes");
        Assert.True(times.Zip(times.Skip(1), (a, b) => b - a).Max() <= 2_000_000_000);
        // The clock stood at each message's own time: it was neither early nor late.
        Assert.InRange(Rfc3339.ToNanoseconds(clock.GetUtcNow()) - times[^1], -1_000_000, 1_000_000);
    }

    [Fact]
    public async Task Spacing_is_the_recordings_divided_by_the_speed()
    {
        var file = Write("ticks.jsonl", Price("10:30:00.000000001Z"), Price("10:30:01.500000001Z"), Price("10:30:01.600000003Z"));
        Assert.Equal([0, 1_500_000_000, 1_600_000_002], await OffsetsAsync(file, ("loop", "false")));
        Assert.Equal([0, 750_000_000, 800_000_001], await OffsetsAsync(file, ("loop", "false"), ("speed", "2")));
        Assert.Equal([0, 3_000_000_000, 3_200_000_004], await OffsetsAsync(file, ("loop", "false"), ("speed", "0.5")));
    }

    [Fact]
    public async Task Long_silences_are_shortened_and_late_prices_follow_at_once()
    {
        var file = Write("ticks.jsonl", Price("10:30:00Z"), Price("11:30:00Z"), Price("10:30:01Z"), Price("11:30:01Z"));
        Assert.Equal([0, 2_000_000_000, 2_000_000_000, 3_000_000_000], await OffsetsAsync(file, ("loop", "false"), ("max_gap", "2s")));
        Assert.Equal([0, 500_000_000, 500_000_000, 1_000_000_000], await OffsetsAsync(file, ("loop", "false"), ("max_gap", "500ms")));
    }

    [Fact]
    public async Task A_file_keeps_its_own_speed_unless_told_otherwise()
    {
        var file = Write("ticks.jsonl", Price("10:30:00Z"), Price("11:30:00Z"));
        Assert.Equal([0, 3_600_000_000_000], await OffsetsAsync(file, ("loop", "false")));
        Assert.Equal([0, 360_000_000_000], await OffsetsAsync(file, ("loop", "false"), ("speed", "10")));
    }

    [Fact]
    public async Task An_offset_may_be_the_number_of_a_message_and_one_beyond_the_end_is_named()
    {
        var file = Write("ticks.jsonl", Price("10:30:00Z"), """{"type":"HEARTBEAT","time":"2026-01-15T10:30:01Z"}""", Price("10:30:05Z"), Price("10:30:06Z"));
        Assert.Equal([0, 1_000_000_000], await OffsetsAsync(file, ("loop", "false"), ("offset", "#3")));
        Assert.Equal([0], await OffsetsAsync(file, ("loop", "false"), ("offset", "#4")));
        Assert.Contains("4 messages of the venue; options.offset is '#5'", await FailureAsync(file, ("offset", "#5")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flat_out_waits_for_nothing_and_times_still_rise()
    {
        var clock = new JumpingTimeProvider(Start);
        var messages = await TakeAsync(Source(KnownClasses.KrakenDepth, clock, ("speed", "max")), 5000);
        Assert.Equal(0, clock.Timers);
        Assert.Equal(5000, messages.Select(m => m.TimestampNs).Distinct().Count());
        Assert.Equal(messages.Select(m => m.TimestampNs).Order(), messages.Select(m => m.TimestampNs));
    }

    [Fact]
    public async Task A_loop_starts_the_book_from_its_snapshot_and_time_goes_on()
    {
        // One loop of the book yields the same messages every time, times apart: nothing is left from the loop before.
        var once = await AllAsync(KnownClasses.KrakenDepth);
        var twice = await TakeAsync(Source(KnownClasses.KrakenDepth, new JumpingTimeProvider(Start)), once.Count * 2);
        Assert.Equal(once.Select(Text), twice.Take(once.Count).Select(Text));
        Assert.Equal(once.Select(Text), twice.Skip(once.Count).Select(Text));
        Assert.True(twice[once.Count].TimestampNs > twice[once.Count - 1].TimestampNs);
        Assert.Equal("1", once[0].Get("level"));
    }

    [Fact]
    public async Task Offset_skips_that_much_of_the_recording_while_building_the_book()
    {
        var whole = await AllAsync(KnownClasses.KrakenDepth);
        var rest = await AllAsync(KnownClasses.KrakenDepth, ("offset", "10s"));
        Assert.Equal(StartNs, rest[0].TimestampNs);
        Assert.InRange(rest.Count, 50, whole.Count - 50);
        Assert.Equal(whole.TakeLast(rest.Count).Select(Text), rest.Select(Text));
        var file = Write("ticks.jsonl", Price("10:30:00Z"), Price("10:30:05Z"), Price("10:30:06Z"));
        Assert.Equal([0, 1_000_000_000], await OffsetsAsync(file, ("loop", "false"), ("offset", "5s")));
        var error = await FailureAsync(file, ("offset", "7s"));
        Assert.Contains("offset", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_without_times_gets_a_small_fixed_interval()
    {
        const string Ticker = """{"channel":"ticker","type":"update","data":[{"symbol":"A/B","bid":1}]}""";
        var file = Write("ticks.jsonl", Ticker, Ticker, Ticker);
        Assert.Equal([0, 200_000_000, 400_000_000], await OffsetsAsync(KnownClasses.KrakenTick, file, ("loop", "false")));
    }

    [Fact]
    public async Task Composed_sessions_and_gzip_play_too()
    {
        var session = Feeds.Bundled("kraken/session_public_composed.jsonl");
        var ticks = await OffsetsAsync(KnownClasses.KrakenTick, session, ("loop", "false"));
        Assert.Equal([0, 727_000_000], ticks.Take(2));
        var packed = Path.Combine(folder, "session.jsonl.gz");
        await using (var stream = new GZipStream(File.Create(packed), CompressionLevel.Fastest))
            await stream.WriteAsync(await File.ReadAllBytesAsync(session, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Assert.Equal(ticks, await OffsetsAsync(KnownClasses.KrakenTick, packed, ("loop", "false")));
        // Public trades make kraken_orders where there are no executions; those of the snapshot are history.
        var trades = await OffsetsAsync(KnownClasses.KrakenOrders, session, ("loop", "false"));
        Assert.Equal(11, trades.Count);
    }

    [Fact]
    public async Task A_wrong_checksum_silences_the_book_until_the_next_snapshot()
    {
        var session = Feeds.Bundled("kraken/session_public_composed.jsonl");
        var messages = await AllAsync(KnownClasses.KrakenDepth, ("replay_file", session));
        // The last ten are the resynchronised book's.
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"{i}"), messages.TakeLast(10).Select(m => m.Get("level")));
        Assert.Equal(0.91445925, messages[^10].Get("ask_size"));
        Assert.True(messages[^10].TimestampNs - messages[^11].TimestampNs >= 30_000_000);
    }

    [Fact]
    public async Task A_bad_line_is_passed_over_and_a_file_of_nothing_else_is_an_error_with_its_place()
    {
        var mixed = Write("mixed.jsonl", Price("10:30:00Z"), "{broken", Price("10:30:01Z"));
        Assert.Equal([0, 1_000_000_000], await OffsetsAsync(mixed, ("loop", "false")));

        var broken = Write("broken.jsonl", "", "{broken");
        Assert.Contains($"{broken}:2: ", await FailureAsync(broken), StringComparison.Ordinal);
        Assert.Contains("empty", await FailureAsync(Write("empty.jsonl")), StringComparison.Ordinal);
        var heartbeats = Write("heartbeats.jsonl", """{"type":"HEARTBEAT","time":"2026-01-15T10:30:00Z"}""");
        Assert.Contains("no message for this topic", await FailureAsync(heartbeats), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("speed", "-1")]
    [InlineData("speed", "fast")]
    [InlineData("loop", "perhaps")]
    [InlineData("offset", "soon")]
    [InlineData("offset", "#0")]
    [InlineData("file", "/nowhere/at/all.jsonl")]
    [InlineData("max_gap", "-2s")]
    [InlineData("depth", "0")]
    [InlineData("replay_file", "/nowhere/at/all.jsonl")]
    public void Wrong_options_are_named(string option, string value)
    {
        var error = Assert.Throws<ReplayException>(() => Source(KnownClasses.KrakenTick, TimeProvider.System, (option, value)));
        Assert.Contains(option, error.Message, StringComparison.Ordinal);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_without_a_replay_is_refused() =>
        Assert.Throws<ReplayException>(() => Source(KnownClasses.DataFilter, TimeProvider.System));

    [Fact]
    public async Task Cancelling_ends_a_wait()
    {
        using var cancel = new CancellationTokenSource();
        var file = Write("ticks.jsonl", Price("10:30:00Z"), Price("10:30:05Z"));
        var count = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var message in Source(KnownClasses.OandaTick, TimeProvider.System, ("replay_file", file), ("max_gap", "1h"))
                .ReadAsync(cancel.Token))
            {
                count++;
                await cancel.CancelAsync();
            }
        });
        Assert.Equal(1, count);
    }

    [Fact]
    public void Licence_notices_come_with_the_bundled_recordings()
    {
        Assert.Contains("Bryant Moscon", File.ReadAllText(Feeds.Bundled("LICENSES.txt")), StringComparison.Ordinal);
        Assert.All(["kraken", "oanda", "betfair", "twitter"], venue => Assert.True(File.Exists(Feeds.Bundled($"{venue}/SOURCES.md"))));
    }

    private static bool IsNumber(string name) => name is not ("pair" or "exchange" or "level" or "status" or "type" or "side"
        or "order_id" or "instrument" or "event_id" or "market_id" or "selection_id" or "topic" or "lang" or "author" or "location");

    private static string Text(MarketMessage message) =>
        string.Join(' ', message.Keys().Select(key => $"{key}={message.Get(key)}"));

    private static string Price(string time) =>
        $$"""{"type":"PRICE","time":"2026-01-15T{{time}}","bids":[{"price":"1.1","liquidity":1}],"asks":[{"price":"1.2","liquidity":1}],"tradeable":true,"instrument":"EUR_USD"}""";

    private static IMessageSource Source(string publisherClass, TimeProvider time, params (string Key, string Value)[] options) =>
        ReplaySource.Create(
            new PublisherConfig
            {
                Name = "p", Class = publisherClass, Port = 1, Topic = "t",
                Options = options.ToDictionary(o => o.Key, o => o.Value),
            },
            time, NullLogger.Instance);

    private static async Task<List<MarketMessage>> TakeAsync(IMessageSource source, int count)
    {
        var messages = new List<MarketMessage>();
        await foreach (var message in source.ReadAsync(TestContext.Current.CancellationToken))
        {
            messages.Add(message);
            if (messages.Count == count)
                break;
        }
        return messages;
    }

    // One pass.
    private static Task<List<MarketMessage>> AllAsync(string publisherClass, params (string, string)[] options) =>
        TakeAsync(Source(publisherClass, new JumpingTimeProvider(Start), [("loop", "false"), .. options]), int.MaxValue);

    private static Task<List<long>> OffsetsAsync(string file, params (string, string)[] options) =>
        OffsetsAsync(KnownClasses.OandaTick, file, options);

    // Nanoseconds after the start, of every message of one pass.
    private static async Task<List<long>> OffsetsAsync(string publisherClass, string file, params (string, string)[] options)
    {
        var offsets = new List<long>();
        await foreach (var message in Source(publisherClass, new JumpingTimeProvider(Start), [("replay_file", file), .. options])
            .ReadAsync(TestContext.Current.CancellationToken))
            offsets.Add(message.TimestampNs - StartNs);
        return offsets;
    }

    private static async Task<string> FailureAsync(string file, params (string, string)[] options) =>
        (await Assert.ThrowsAsync<ReplayException>(() => OffsetsAsync(file, options))).Message;

    private string Write(string name, params string[] lines)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, string.Concat(lines.Select(line => line + "\r\n")), new UTF8Encoding(false));
        return path;
    }
}

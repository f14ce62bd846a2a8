using System.Text;
using System.Text.Json;
using MessagePack;
using Nbpy.Decoder.Benchmarks;
using Nbpy.Messaging;
using Nbpy.Publishers.Kraken;
using Nbpy.Publishers.Twitter;
using Nbpy.Subscribers;

// With --latency only the way from receipt to publishing is measured, else only the decoders.
if (args.Contains("--latency"))
    return await PublishLatency.RunAsync().ConfigureAwait(false) ? 0 : 1;

if (args.Contains("--curve"))
    return await CurveCost.RunAsync().ConfigureAwait(false) ? 0 : 1;

// Exit code 1 when a target was missed, so that a script can tell.
Console.WriteLine("| what | target /s a core | seen /s of processor time | seen /s of wall time | bytes allocated each |");
Console.WriteLine("|---|---|---|---|---|");
var met = Books() & Tickers() & Posts() & Lines();
return met ? 0 : 1;

static bool Books()
{
    var frames = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Replay", "feeds", "kraken", "book_v2_btcusd_d10.wire.jsonl"))
        .Select(Raw).Where(f => f.Contains("\"channel\":\"book\"", StringComparison.Ordinal) && f.Contains("\"data\"", StringComparison.Ordinal))
        .Select(Encoding.UTF8.GetBytes).ToArray();
    var decoder = new KrakenDecoder(10);
    return Measurement.Run("Kraken book: decode, apply, checksum, changed levels", 200_000, () =>
    {
        // The first is the snapshot, which brings the book back to the recording's start.
        foreach (var frame in frames)
        {
            if (decoder.Decode(frame) != KrakenFrameKind.Book || decoder.Books[0].Outcome == KrakenBookOutcome.ChecksumMismatch)
                throw new InvalidOperationException("The recorded book does not decode.");
        }

        return frames.Length;
    });
}

static bool Tickers()
{
    var frames = Enumerable.Range(0, 1000).Select(i => Encoding.UTF8.GetBytes(
        $$$"""{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":62809.{{{i % 10}}},"bid_qty":0.35180540,"ask":62810.{{{i % 10}}},"ask_qty":1.27756288,"last":62810.0,"volume":4473.99704028,"vwap":62809.3,"low":62801.0,"high":62822.0,"change":-0.3,"change_pct":-0.42,"timestamp":"2026-01-15T10:30:{{{i % 60:00}}}.123456Z"}]}""")).ToArray();
    var decoder = new KrakenDecoder();
    return Measurement.Run("Kraken ticker: decode", 1_000_000, () =>
    {
        foreach (var frame in frames)
        {
            if (decoder.Decode(frame) != KrakenFrameKind.Ticker)
                throw new InvalidOperationException("A ticker does not decode.");
        }

        return frames.Length;
    });
}

static bool Posts()
{
    var posts = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "sentiment_vectors.jsonl")).Where(l => l.Length > 0).Select(line =>
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("text").GetString()!;
    }).ToArray();
    return Measurement.Run($"VADER: score a post ({posts.Average(p => p.Length):0} characters on average)", 100_000, () =>
    {
        var sum = 0.0;
        foreach (var post in posts)
            sum += VaderSentimentAnalyzer.Default.Score(post).Compound;
        return double.IsFinite(sum) ? posts.Length : throw new InvalidOperationException("A score is no number.");
    });
}

// The subscriber's share: a message as it came from ZeroMQ becomes a line of line protocol. 400 ns are 2,500,000 a second.
static bool Lines()
{
    var payloads = Enumerable.Range(0, 1000).Select(i => MessagePackSerializer.Serialize(new Dictionary<string, object>
    {
        ["pair"] = i % 2 == 0 ? "BTC/USD" : "ETH/USD", ["exchange"] = "kraken", ["bid"] = 62809.1 + (i % 10), ["ask"] = 62810.3 + (i % 10),
        ["last_trade_price"] = 62810.2, ["volume"] = (double)(4473.99704028m + i), ["vwap"] = 62809.36,
        ["timestamp"] = 1_780_000_000_000_000_000 + (i * 1_000_003L), ["_seq"] = (ulong)i + 1, ["_epoch"] = 7UL,
        ["_sent"] = 1_780_000_000_000_500_000 + i, ["source"] = "live",
    })).ToArray();
    var transcoder = new LineProtocolTranscoder(
        new MeasurementLayout("kraken_tick", ["pair", "exchange"], ["bid", "ask", "last_trade_price", "volume", "vwap"]));
    return Measurement.Run("subscriber: MessagePack to line protocol (kraken_tick, 5 fields, 2 tags)", 2_500_000, () =>
    {
        foreach (var payload in payloads)
        {
            var reader = new PayloadReader(payload);
            if (!transcoder.Next(ref reader))
                throw new InvalidOperationException("A message makes no line.");
        }

        return payloads.Length;
    });
}

// A line of the recording is the frame, or an object that holds it as "raw".
static string Raw(string line)
{
    if (line.Length == 0)
        return line;
    using var document = JsonDocument.Parse(line);
    return document.RootElement.TryGetProperty("raw", out var raw) ? raw.GetString()! : line;
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Kraken;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Kraken;

public class KrakenBookTests
{
    private const string Recording = "kraken/book_v2_btcusd_d10.wire.jsonl";

    [Fact]
    public void Crc32_has_the_standard_check_value() => Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));

    [Fact]
    public void Every_checksum_vector_is_reproduced()
    {
        var vectors = Feeds.Lines(Feeds.Fixture("Kraken", "checksum_vectors.jsonl")).ToList();
        Assert.Equal(64, vectors.Count);
        Assert.All(vectors, vector =>
        {
            using var document = JsonDocument.Parse(vector);
            var root = document.RootElement;
            Assert.Equal(
                root.GetProperty("checksum").GetUInt32(),
                KrakenChecksum.Compute(Levels(root.GetProperty("asks")), Levels(root.GetProperty("bids"))));
        });
    }

    [Fact]
    public void Digits_that_lost_their_zeros_are_padded_to_the_precision()
    {
        var vectors = Feeds.Lines(Feeds.Fixture("Kraken", "checksum_vectors.jsonl"));
        Assert.All(vectors, vector =>
        {
            using var document = JsonDocument.Parse(vector);
            var root = document.RootElement;
            var precision = (root.GetProperty("price_decimals").GetInt32(), root.GetProperty("qty_decimals").GetInt32());
            Assert.Equal(
                root.GetProperty("checksum").GetUInt32(),
                KrakenChecksum.Compute(
                    Levels(root.GetProperty("asks"), strip: true), Levels(root.GetProperty("bids"), strip: true),
                    precision.Item1, precision.Item2));
        });
    }

    [Fact]
    public void Recorded_book_verifies_every_checksum_and_reaches_the_expected_books()
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Feeds.Fixture("Kraken", "book_v2_btcusd_d10.expected.json")));
        var checkpoints = expected.RootElement.GetProperty("snapshots_of_expected_book").EnumerateArray()
            .ToDictionary(e => e.GetProperty("after_update").GetInt32());
        var decoder = new KrakenDecoder();
        var update = -1;
        var compared = 0;
        foreach (var frame in Feeds.Lines(Feeds.Bundled(Recording)))
        {
            update++;
            Assert.Equal(KrakenFrameKind.Book, decoder.Decode(frame));
            var book = Assert.Single(decoder.Books);
            Assert.Equal(update == 0 ? KrakenBookOutcome.Snapshot : KrakenBookOutcome.Update, book.Outcome);
            Assert.Equal(book.ExpectedChecksum, book.ActualChecksum);
            if (!checkpoints.TryGetValue(update, out var checkpoint))
                continue;
            AssertBook(checkpoint, decoder.Book("BTC/USD")!);
            compared++;
        }
        Assert.Equal(250, update);
        Assert.Equal(6, compared);
    }

    [Fact]
    public void Without_truncation_the_recording_fails()
    {
        var decoder = new KrakenDecoder(depth: 1000);
        foreach (var frame in Feeds.Lines(Feeds.Bundled(Recording)))
            decoder.Decode(frame);
        Assert.Equal(1, decoder.Counters.ChecksumFailures);
        Assert.True(decoder.Counters.IgnoredBookUpdates > 100);
        Assert.False(decoder.Book("BTC/USD")!.IsValid);
    }

    [Fact]
    public void A_lost_update_is_noticed_and_nothing_is_reported_until_the_next_snapshot()
    {
        var frames = Feeds.Lines(Feeds.Bundled(Recording)).ToList();
        var decoder = new KrakenDecoder();
        foreach (var frame in frames.Take(20).Where((_, i) => i != 1))
            decoder.Decode(frame);
        Assert.Equal(1, decoder.Counters.ChecksumFailures);
        Assert.Equal(17, decoder.Counters.IgnoredBookUpdates);
        Assert.Equal(KrakenBookOutcome.AwaitingSnapshot, decoder.Books[0].Outcome);
        Assert.Empty(decoder.Levels);

        decoder.Decode(frames[0]);
        Assert.Equal(KrakenBookOutcome.Snapshot, decoder.Books[0].Outcome);
        Assert.Equal(10, decoder.Levels.Count);
        decoder.Decode(frames[1]);
        Assert.Equal(KrakenBookOutcome.Update, decoder.Books[0].Outcome);
    }

    [Fact]
    public void A_snapshot_with_a_wrong_checksum_is_no_book()
    {
        var frame = Encoding.UTF8.GetBytes(
            """{"channel":"book","type":"snapshot","data":[{"symbol":"A/B","bids":[{"price":1.0,"qty":2.00}],"asks":[],"checksum":1}]}""");
        var decoder = new KrakenDecoder();
        Assert.Equal(KrakenFrameKind.Book, decoder.Decode(frame));
        Assert.Equal(KrakenBookOutcome.ChecksumMismatch, decoder.Books[0].Outcome);
        Assert.Empty(decoder.Levels);
    }

    [Fact]
    public void Only_levels_that_changed_are_reported()
    {
        var frames = Feeds.Lines(Feeds.Bundled(Recording)).ToList();
        var decoder = new KrakenDecoder();
        decoder.Decode(frames[0]);
        Assert.Equal(Enumerable.Range(1, 10), decoder.Levels.Select(level => level.Level));
        // Asks: 29431.1 (level 6) goes, 29430.6 becomes level 4, 29433.3 falls out of the window.
        decoder.Decode(frames[1]);
        Assert.Equal([4, 5, 6], decoder.Levels.Select(level => level.Level));
        Assert.Equal(new KrakenDepthLevel(4, 29426.7m, 4.00000000m, 29430.6m, 0.00100000m), decoder.Levels[0]);
        // Only the best ask's quantity changes.
        decoder.Decode(frames[2]);
        Assert.Equal([1], decoder.Levels.Select(level => level.Level));
    }

    [Fact]
    public void A_broken_update_leaves_the_book_as_it_was()
    {
        var frames = Feeds.Lines(Feeds.Bundled(Recording)).ToList();
        var decoder = new KrakenDecoder();
        decoder.Decode(frames[0]);
        Assert.Equal(KrakenFrameKind.Malformed, decoder.Decode(frames[1].AsSpan(0, frames[1].Length - 60)));
        Assert.Equal(KrakenFrameKind.Book, decoder.Decode(frames[1]));
        Assert.Equal(KrakenBookOutcome.Update, decoder.Books[0].Outcome);
    }

    [Fact]
    public void Side_that_runs_out_of_levels_is_reported_with_size_zero()
    {
        var decoder = new KrakenDecoder();
        decoder.Decode(Frame("snapshot", [new(1.0m, 2.0m)], [new(1.1m, 3.0m)], [new(1.0m, 2.0m)], [new(1.1m, 3.0m)]));
        decoder.Decode(Frame("update", [new(1.0m, 0.0m)], [], [], [new(1.1m, 3.0m)]));
        Assert.Equal(new KrakenDepthLevel(1, null, 0, 1.1m, 3.0m), Assert.Single(decoder.Levels));
        var message = KrakenMessages.ToMessage("A/B", decoder.Levels[0], 5);
        Assert.Equal(["pair", "level", "exchange", "bid_size", "ask_price", "ask_size"], message.Keys());
        Assert.Equal(0.0, message.Get("bid_size"));
    }

    internal static KrakenLevel[] Levels(JsonElement levels, bool strip = false) =>
        [.. levels.EnumerateArray().Select(level => new KrakenLevel(Number(level[0], strip), Number(level[1], strip)))];

    internal static void AssertBook(JsonElement expected, KrakenOrderBook actual)
    {
        Assert.Equal(expected.GetProperty("checksum").GetUInt32(), actual.Checksum);
        Assert.Equal(Texts(Levels(expected.GetProperty("asks"))), Texts(actual.Asks.ToArray()));
        Assert.Equal(Texts(Levels(expected.GetProperty("bids"))), Texts(actual.Bids.ToArray()));
    }

    internal static byte[] Frame(
        string type, KrakenLevel[] bids, KrakenLevel[] asks, KrakenLevel[] bidsAfter, KrakenLevel[] asksAfter) =>
        Encoding.UTF8.GetBytes(
            $$"""{"channel":"book","type":"{{type}}","data":[{"symbol":"A/B","bids":{{Json(bids)}},"asks":{{Json(asks)}},"checksum":{{KrakenChecksum.Compute(asksAfter, bidsAfter)}}}]}""");

    private static string Json(KrakenLevel[] levels) => "[" + string.Join(',', levels.Select(level =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"price":{{level.Price}},"qty":{{level.Quantity}}}"""))) + "]";

    // As texts, so that lost zeros count as a difference.
    private static string[] Texts(KrakenLevel[] levels) =>
        [.. levels.Select(level => string.Create(CultureInfo.InvariantCulture, $"{level.Price} x {level.Quantity}"))];

    private static decimal Number(JsonElement text, bool strip)
    {
        var number = decimal.Parse(text.GetString()!, CultureInfo.InvariantCulture);
        return strip ? number / 1.0000000000000000000000000000m : number;
    }
}

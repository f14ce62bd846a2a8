using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

/// <summary>kraken_depth, live, from the channel <c>book</c>: the checksum of every message is verified. No update is ever
/// left out: a pair whose checksum does not fit, or whose levels the publisher cannot take fast enough, is subscribed to anew,
/// and nothing of it is published until its new snapshot has proved right.</summary>
public sealed class KrakenDepthSource(KrakenLiveOptions options, TimeProvider time, ILogger logger)
    : KrakenStreamSource(options, options.Symbols, awaitsData: true, time, logger)
{
    /// <inheritdoc/>
    protected override void WriteParameters(Utf8JsonWriter json, bool subscribe)
    {
        // Leaving has to name the same depth.
        json.WriteNumber("depth", Options.Depth);
        if (subscribe)
            json.WriteBoolean("snapshot", true);
    }

    /// <inheritdoc/>
    protected override ValueTask OnDataAsync(KrakenFrameKind kind, long receivedNs, CancellationToken cancellationToken)
    {
        if (kind != KrakenFrameKind.Book)
        {
            Status.Count(FeedCounters.Unknown);
            return ValueTask.CompletedTask;
        }

        foreach (var book in Decoder.Books)
        {
            if (!Subscriptions.Has(book.Symbol))
                Status.Count(FeedCounters.Unknown);
            else if (book.Outcome == KrakenBookOutcome.ChecksumMismatch)
                Resynchronise(book.Symbol, $"checksum {book.ExpectedChecksum} does not fit the book ({book.ActualChecksum})");
            else if (book.Outcome == KrakenBookOutcome.AwaitingSnapshot)
                Status.Count("ignored_book_updates");
            else
                Publish(book, receivedNs);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    // An update that could not be read is a lost one; which pair's, it may still say.
    protected override void OnMalformed(ReadOnlySpan<byte> frame)
    {
        var broken = KrakenBrokenFrame.Read(frame);
        if (!broken.MayBe(Options.Channel))
            return;
        foreach (var symbol in broken.Symbols.Count > 0 ? broken.Symbols : Options.Symbols)
        {
            Decoder.DropBook(symbol);
            Resynchronise(symbol, "a message of its book cannot be decoded");
        }
    }

    private void Publish(in KrakenBookUpdate book, long receivedNs)
    {
        Subscriptions.OnData(book.Symbol);
        if (book.Outcome == KrakenBookOutcome.Update)
            Subscriptions.OnProven(book.Symbol);
        ShowLive();
        for (var i = 0; i < book.LevelCount; i++)
        {
            var message = KrakenMessages.ToMessage(
                book.Symbol, Decoder.Levels[book.FirstLevel + i], book.TimestampNs ?? receivedNs);
            if (TryEmit(message))
                continue;
            Status.Count(FeedCounters.Dropped, book.LevelCount - i);
            Decoder.DropBook(book.Symbol);
            Resynchronise(book.Symbol, "the publisher is slower than the venue");
            return;
        }
    }
}

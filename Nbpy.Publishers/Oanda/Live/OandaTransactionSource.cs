using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>oanda_orders, live, from the transaction stream. Ids of an account's transactions follow one another, and a
/// heartbeat tells the last: whatever is missing (over a reconnect, or by a jump of the ids) is fetched with <c>sinceid</c>
/// and published in its place, before what comes after it. Each transaction is published once.</summary>
/// <remarks>The stream has no snapshot: publishing goes on after the mark that the last start left (<see cref="OandaResume"/>); without
/// one it begins with what happens after the first line that is received.</remarks>
public sealed partial class OandaTransactionSource : OandaStreamSource
{
    private const string UnfilledGaps = "unfilled_gaps";

    // Calls for one gap; each brings as many transactions as OANDA puts into an answer.
    private const int MostCalls = 1000;

    private readonly ILogger logger;
    private readonly OandaTransactionDecoder decoder = new();
    private readonly OandaResume? resume;

    // Everything up to this id has been published or is of before the start; null before the first line.
    private long? last;

    /// <param name="options">What to do.</param>
    /// <param name="time">Paces every wait.</param>
    /// <param name="logger">Told of phases, ends of sessions and what is missing.</param>
    /// <param name="stateFolder">Where the mark is kept; null keeps none (a recording is no publisher).</param>
    public OandaTransactionSource(OandaLiveOptions options, TimeProvider time, ILogger logger, string? stateFolder = null)
        : base(options, time, logger)
    {
        this.logger = logger;
        if (stateFolder is null)
            return;
        resume = new OandaResume(Path.Combine(stateFolder, options.Common.Name + ".json"), $"{options.RestUrl.Host}\n{options.Account}", time, logger);
        last = resume.Last;
        foreach (var order in resume.OpenOrders)
            decoder.Restore(order);
        if (resume.TooOld)
            Status.Count(UnfilledGaps);
    }

    /// <inheritdoc/>
    private protected override Task<HttpLineStream> OpenAsync(CancellationToken cancellationToken) =>
        Http.OpenStreamAsync("transactions/stream", cancellationToken);

    /// <inheritdoc/>
    // The stream is open: what happens from now on it brings, and what happened before is fetched. The overlap is dropped.
    private protected override async Task OnOpenAsync(CancellationToken cancellationToken)
    {
        if (last is not null)
            await FillAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    private protected override async ValueTask OnLineAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        // Before it is decoded: what it is about may be known from the missing ones only.
        if (OandaTransactionDecoder.PeekId(line) is { } next && next > (last ??= next - 1) + 1)
            await FillAsync(cancellationToken).ConfigureAwait(false);
        Record(line.Span);
        var kind = decoder.Decode(line);
        switch (kind)
        {
            case OandaLineKind.Heartbeat:
                ObserveClock(decoder.HeartbeatNs!.Value);
                if (decoder.AnnouncedTransactionId > 0)
                    last ??= decoder.AnnouncedTransactionId;
                if (decoder.AnnouncedTransactionId > last)
                    await FillAsync(cancellationToken).ConfigureAwait(false);
                if (last is { } id)
                    resume?.CaughtUp(id);
                DataFlowed();
                return;
            // The decoder remembers some thousands; the mark knows all of them.
            case OandaLineKind.Transaction when OandaTransactionDecoder.Id(decoder.Transaction!.TransactionId) is > 0 and var taken && taken <= last:
                Status.Count(FeedCounters.Repeated);
                return;
            case OandaLineKind.Transaction:
                await PublishAsync(decoder.Transaction!, cancellationToken).ConfigureAwait(false);
                return;
            case OandaLineKind.Duplicate:
                Status.Count(FeedCounters.Repeated);
                return;
            default:
                CountUnusable(kind, decoder.LastError);
                return;
        }
    }

    /// <inheritdoc/>
    protected override void HandedOver() => resume?.HandedOver();

    /// <inheritdoc/>
    protected override void ReadingEnded() => resume?.Flush();

    private async ValueTask<bool> PublishAsync(OandaTransaction transaction, CancellationToken cancellationToken)
    {
        var message = OandaMessages.ToMessage(transaction);
        if (message is null)
        {
            DataFlowed();
        }
        else
        {
            resume?.Emitting(transaction);
            await EmitAsync(message, cancellationToken).ConfigureAwait(false);
        }

        // After it has been handed over: an attempt that fails before is made again.
        last = Math.Max(last ?? 0, decoder.LastTransactionId);
        return message is not null;
    }

    // GET …/transactions/sinceid?id=6404 → {"transactions":[{…},…],"lastTransactionID":"6409"}
    private async Task FillAsync(CancellationToken cancellationToken)
    {
        for (var call = 0; call < MostCalls; call++)
        {
            var since = last!.Value;
            JsonElement answer;
            try
            {
                answer = await Http.GetAsync(
                    string.Create(CultureInfo.InvariantCulture, $"transactions/sinceid?id={since}"), cancellationToken).ConfigureAwait(false);
            }
            catch (OandaErrorException e) when (e.Status is 404 or 416)
            {
                // OANDA does not know the id: the account was reset, or the transaction is out of its reach.
                GiveUp(since, e.Message);
                return;
            }

            var end = OandaTransactionDecoder.Id(OandaJson.IdText(answer, "lastTransactionID"));
            if (end > 0 && end < since)
            {
                GiveUp(since, $"the account's last transaction is {end}: it was reset");
                last = end;
                return;
            }

            await PublishAnswerAsync(answer, since, cancellationToken).ConfigureAwait(false);
            if (last < end && last > since)
                continue;
            // Ids that the answer leaves out are nobody's.
            last = Math.Max(last.Value, end);
            return;
        }

        throw new LiveException($"a gap of transactions is larger than {MostCalls} answers of OANDA");
    }

    private void GiveUp(long since, string reason)
    {
        Status.Count(UnfilledGaps);
        LogUnfilled(logger, Options.Common.Name, since, reason);
        last = decoder.AnnouncedTransactionId > since ? decoder.AnnouncedTransactionId : null;
        if (last is null)
            decoder.Reset();
    }

    private async Task PublishAnswerAsync(JsonElement answer, long since, CancellationToken cancellationToken)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("transactions", out var transactions)
            || transactions.ValueKind != JsonValueKind.Array)
            throw new LiveException($"{Options.RestUrl.Host} answered without transactions");
        foreach (var entry in transactions.EnumerateArray().OrderBy(t => OandaTransactionDecoder.Id(OandaJson.IdText(t, "id"))))
        {
            if (OandaTransactionDecoder.Id(OandaJson.IdText(entry, "id")) is var id and not 0 && id <= since)
                continue;
            var fetched = JsonSerializer.SerializeToUtf8Bytes(entry);
            // Part of the recording, in its place: a replay has no REST to ask.
            Record(fetched);
            var kind = decoder.Decode(fetched);
            if (kind == OandaLineKind.Transaction)
            {
                if (await PublishAsync(decoder.Transaction!, cancellationToken).ConfigureAwait(false))
                    Status.Count(FeedCounters.Backfilled);
            }
            else if (kind == OandaLineKind.Duplicate)
            {
                Status.Count(FeedCounters.Repeated);
            }
            else
            {
                CountUnusable(kind, decoder.LastError);
            }
        }
    }

    [LoggerMessage(132, LogLevel.Error, "{Name}: transactions after {Since} cannot be fetched and are missing: {Error}")]
    private static partial void LogUnfilled(ILogger logger, string name, long since, string error);
}

using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Kraken.Live;

// Orders that ended while nobody listened: they were open, and a later snapshot of open orders lacks them.
public sealed partial class KrakenExecutionsSource
{
    // Kraken's own limit for one call.
    private const int IdsPerCall = 50;

    private async Task LookUpVanishedAsync(long receivedNs, CancellationToken cancellationToken)
    {
        var vanished = Decoder.OpenOrders.Except(Decoder.SnapshotOrders).ToList();
        foreach (var ids in vanished.Chunk(IdsPerCall))
        {
            try
            {
                var form = $"txid={Uri.EscapeDataString(string.Join(',', ids))}";
                var result = await rest.PostAsync("/0/private/QueryOrders", form, signer, cancellationToken).ConfigureAwait(false);
                foreach (var id in ids)
                    await PublishEndAsync(id, result, receivedNs, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is LiveException or HttpRequestException)
            {
                // The stream goes on: what it brings is right. What became of these orders stays open, and says so.
                Status.Count("orders_without_known_end", ids.Length);
                LogNoEnd(logger, Options.Common.Name, ids.Length, e.Message);
            }
        }
    }

    // {"OB5VMB-B4U2U-DK2WRW":{"status":"closed","vol":"…","vol_exec":"…","price":"…","fee":"…","closetm":1688666559.8974,…}}
    private async Task PublishEndAsync(string id, JsonElement result, long receivedNs, CancellationToken cancellationToken)
    {
        var status = result.ValueKind == JsonValueKind.Object && result.TryGetProperty(id, out var order)
            && order.ValueKind == JsonValueKind.Object ? Text(order, "status") : null;
        // Not in the snapshot and yet open: it came to be after it, or a further frame of the snapshot has it.
        if (status is "open" or "pending")
            return;
        var end = status switch { "closed" => "filled", "canceled" or "expired" => status, _ => null };
        if (end is null)
        {
            Status.Count("orders_without_known_end");
            return;
        }

        order = result.GetProperty(id);
        var closed = order.TryGetProperty("closetm", out var t) && t.ValueKind == JsonValueKind.Number
            && Rfc3339.TryParseUnix(System.Text.Encoding.ASCII.GetBytes(t.GetRawText()), out var ns) ? ns : (long?)null;
        if (Decoder.EndOrder(id, end, Number(order, "vol_exec"), Number(order, "fee"), closed) is { } e)
        {
            Status.Count(FeedCounters.Backfilled);
            await EmitOrderAsync(e, receivedNs, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string? Text(JsonElement order, string name) =>
        order.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static decimal? Number(JsonElement order, string name) =>
        decimal.TryParse(
            Text(order, name), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number : null;

    [LoggerMessage(124, LogLevel.Warning, "{Name}: what became of {Count} orders while nobody listened is not known: {Error}")]
    private static partial void LogNoEnd(ILogger logger, string name, int count, string error);
}

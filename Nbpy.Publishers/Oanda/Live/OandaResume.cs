using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>How far an account's transactions have been published, in a file, so that a publisher that starts again goes on where it
/// stopped; and the orders that were open there, since a later cancel says nothing of its order but the id.</summary>
/// <remarks>A transaction counts once the publisher has taken its message over, not before. Written in a new file that takes the old
/// one's place, at most every 250 ms while there is more to come. Thread-safe.</remarks>
internal sealed partial class OandaResume
{
    /// <summary>An older mark is left alone: what a store keeps no longer is not to be published.</summary>
    public static readonly TimeSpan Oldest = TimeSpan.FromDays(7);

    private const int MostOrders = 1024;
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly string path;
    private readonly string account;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Queue<OandaTransaction> emitted = [];
    private readonly OrderedDictionary<string, OandaTransaction> open = new(StringComparer.Ordinal);
    private long? last;
    private long? written;
    private DateTimeOffset writtenAt;
    private bool failing;

    /// <param name="path">The file; its folder is made.</param>
    /// <param name="account">Whose transactions. Only its hash is written.</param>
    /// <param name="time">Gives the mark its age.</param>
    /// <param name="logger">Told of a mark that cannot be read or written.</param>
    public OandaResume(string path, string account, TimeProvider time, ILogger logger)
    {
        this.path = path;
        this.account = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(account)))[..16];
        this.time = time;
        this.logger = logger;
        Load();
    }

    /// <summary>The last transaction that was published; null where none is known.</summary>
    public long? Last
    {
        get
        {
            lock (gate)
                return last;
        }
    }

    /// <summary>True when there was a mark and it was too old to go on from.</summary>
    public bool TooOld { get; private set; }

    /// <summary>The orders that were open at the mark: the transactions that made them.</summary>
    public IReadOnlyList<OandaTransaction> OpenOrders
    {
        get
        {
            lock (gate)
                return [.. open.Values];
        }
    }

    /// <summary>A transaction's message is about to be handed over.</summary>
    public void Emitting(OandaTransaction transaction)
    {
        lock (gate)
            emitted.Enqueue(transaction);
    }

    /// <summary>The publisher has taken over the oldest message that was emitted.</summary>
    public void HandedOver()
    {
        lock (gate)
        {
            if (!emitted.TryDequeue(out var transaction))
                return;
            last = OandaTransactionDecoder.Id(transaction.TransactionId);
            Note(transaction);
            if (emitted.Count == 0 || time.GetUtcNow() - writtenAt >= WriteEvery)
                Write();
        }
    }

    /// <summary>Nothing is missing up to this transaction.</summary>
    public void CaughtUp(long transaction)
    {
        lock (gate)
        {
            // What is still under way would be passed over.
            if (emitted.Count > 0)
                return;
            last = transaction;
            if (last != written || time.GetUtcNow() - writtenAt >= RefreshEvery)
                Write();
        }
    }

    /// <summary>Writes what has not been written.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (last != written)
                Write();
        }
    }

    private void Note(OandaTransaction transaction)
    {
        if (transaction.OrderId is not { } order)
            return;
        if (transaction.Status == "pending")
            open[order] = transaction;
        else if (transaction.Status is "filled" or "cancelled")
            open.Remove(order);
        if (open.Count > MostOrders)
            open.RemoveAt(0);
    }

    // {"version":1,"account":"9f86d081884c7d65","saved":"2030-01-01T00:00:00.0000000+00:00","last_transaction_id":"105",
    //  "orders":[{"id":"101","type":"LIMIT_ORDER","instrument":"EUR_USD","units":"100","price":"1.16450"}]}
    private void Load()
    {
        try
        {
            if (!File.Exists(path))
                return;
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (OandaJson.Text(root, "account") != account)
            {
                LogOtherAccount(logger, path);
                return;
            }

            if (!DateTimeOffset.TryParse(OandaJson.Text(root, "saved"), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var saved)
                || OandaTransactionDecoder.Id(OandaJson.Text(root, "last_transaction_id")) is var id && id == 0)
                throw new FormatException("its members are not those of a mark");
            if (time.GetUtcNow() - saved > Oldest)
            {
                TooOld = true;
                LogOld(logger, path, saved);
                return;
            }

            if (root.TryGetProperty("orders", out var orders) && orders.ValueKind == JsonValueKind.Array)
            {
                foreach (var order in orders.EnumerateArray())
                    LoadOrder(order);
            }

            (last, written, writtenAt) = (id, id, saved);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException or InvalidOperationException)
        {
            open.Clear();
            LogUnreadable(logger, path, e.Message);
        }
    }

    private void LoadOrder(JsonElement order)
    {
        var id = OandaJson.Text(order, "id") ?? throw new FormatException("an order of it has no id");
        open[id] = new OandaTransaction(
            id, id, OandaJson.Text(order, "type") ?? "", "pending", null, OandaJson.Text(order, "instrument"),
            OandaJson.Number(order, "units"), OandaJson.Number(order, "price"), null, 0);
    }

    private void Write()
    {
        var now = time.GetUtcNow();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var part = path + ".part";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(part, options))
                Write(file, now);
            File.Move(part, path, overwrite: true);
            (written, failing) = (last, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Publishing goes on: only a start after this one would miss or repeat something.
            if (!failing)
                LogUnwritable(logger, path, e.Message);
            failing = true;
        }

        writtenAt = now;
    }

    private void Write(Stream file, DateTimeOffset now)
    {
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        json.WriteString("account", account);
        json.WriteString("saved", now.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("last_transaction_id", last?.ToString(CultureInfo.InvariantCulture));
        json.WriteStartArray("orders");
        foreach (var (id, order) in open)
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("type", order.Type);
            json.WriteString("instrument", order.Instrument);
            json.WriteString("units", order.Units?.ToString(CultureInfo.InvariantCulture));
            json.WriteString("price", order.Price?.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    [LoggerMessage(133, LogLevel.Information, "{Path} is the mark of another account: publishing begins with what happens from now on")]
    private static partial void LogOtherAccount(ILogger logger, string path);

    [LoggerMessage(134, LogLevel.Warning, "{Path} was written on {Saved}: what happened since is too old to be published, and is missing")]
    private static partial void LogOld(ILogger logger, string path, DateTimeOffset saved);

    [LoggerMessage(135, LogLevel.Error, "{Path} cannot be read, so what happened while this publisher was away is missing: {Error}")]
    private static partial void LogUnreadable(ILogger logger, string path, string error);

    [LoggerMessage(136, LogLevel.Error, "{Path} cannot be written: if this publisher starts again, it misses or repeats what happens meanwhile: {Error}")]
    private static partial void LogUnwritable(ILogger logger, string path, string error);
}

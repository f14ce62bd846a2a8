using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Nbpy.Influx.Spooling;
using Xunit;

namespace Nbpy.Influx.Tests;

public sealed class BatchWriterTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder folder = new();
    private readonly FakeStore store = new();
    private ulong sequence;

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task An_idle_writer_sends_at_once_and_a_busy_one_in_the_batches_that_gathered()
    {
        var release = new TaskCompletionSource();
        store.Hold = release.Task;
        await using var writer = Writer();
        Add(writer, 1);
        await Until(() => store.Batches.Count == 1);
        for (var i = 2; i <= 300; i++)
            Add(writer, i);
        Assert.Single(store.Batches);
        release.SetResult();
        await writer.FlushAsync(Token);
        Assert.Equal([1, 299], store.Batches);
        Assert.Equal(Enumerable.Range(1, 300).Select(Line), store.Lines);
        Assert.Equal(new WriterProgress(5, 300, 300, 0, 0), writer.Progress);
    }

    [Fact]
    public async Task Whole_batches_go_beside_one_that_is_in_flight_up_to_the_bound()
    {
        var release = new TaskCompletionSource();
        store.Hold = release.Task;
        await using var writer = Writer(batchSize: 10);
        for (var i = 1; i <= 100; i++)
            Add(writer, i);
        await Until(() => store.Batches.Count == 4);
        Assert.Equal(0, writer.Counters.Stored);
        release.SetResult();
        await writer.FlushAsync(Token);
        Assert.Equal(100, store.Lines.Distinct().Count());
        Assert.Equal(100, writer.Counters.Stored);
    }

    [Fact]
    public async Task The_write_request_of_a_traced_line_goes_on_with_its_trace_and_no_other_does()
    {
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var writer = Writer();
        Add(writer, 1);
        await writer.FlushAsync(Token);
        Assert.True(writer.TryAdd("m v=1 1"u8, 5, 2, more: true));
        Assert.True(writer.TryAdd("m v=1 2"u8, 5, 3, traceParent: trace));
        await writer.FlushAsync(Token);
        Assert.True(writer.TryAdd("m v=1 3"u8, 5, 4));
        await writer.FlushAsync(Token);
        Assert.Equal([null, trace, null], store.Traces);
    }

    [Fact]
    public async Task Progress_never_goes_past_a_batch_that_is_not_done()
    {
        var first = new TaskCompletionSource();
        store.Answer = body =>
        {
            if (body.Contains("v=1i", StringComparison.Ordinal))
                first.Task.Wait(Limit);
            return new HttpResponseMessage(HttpStatusCode.NoContent);
        };
        await using var writer = Writer(batchSize: 1);
        store.Hold = Task.Delay(1, Token);
        Add(writer, 1);
        Add(writer, 2);
        await Until(() => store.Lines.Contains(Line(2)));
        Assert.Equal(0UL, writer.Progress.Sequence);
        first.SetResult();
        await writer.FlushAsync(Token);
        Assert.Equal(2UL, writer.Progress.Sequence);
    }

    [Fact]
    public async Task Bad_points_are_found_by_halving_and_only_they_go_to_the_dead_letters()
    {
        store.Answer = body => body.Contains("v=7i", StringComparison.Ordinal) || body.Contains("v=31i", StringComparison.Ordinal)
            ? new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("""{"error":"partial write: field type conflict dropped=1"}""") }
            : new HttpResponseMessage(HttpStatusCode.NoContent);
        await using var writer = Writer();
        for (var i = 1; i <= 64; i++)
            Add(writer, i, more: true);
        writer.Send();
        await writer.FlushAsync(Token);
        Assert.Equal(62, store.Lines.Distinct().Count());
        Assert.Equal(2, writer.Counters.DeadLettered);
        Assert.Equal(62, writer.Counters.Stored);
        var letters = await File.ReadAllLinesAsync(Path.Combine(folder.Path, "dead.ndjson"), Token);
        Assert.Equal(2, letters.Length);
        Assert.All(letters, letter => Assert.Contains("field type conflict", letter, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Points_of_which_InfluxDB_says_that_it_dropped_them_all_are_not_looked_for()
    {
        store.Answer = body => new HttpResponseMessage(HttpStatusCode.BadRequest)
        {
            Content = new StringContent($$"""{"error":"partial write: field type conflict dropped={{body.Count(c => c == '\n')}}"}"""),
        };
        await using var writer = Writer();
        for (var i = 1; i <= 64; i++)
            Add(writer, i, more: true);
        await writer.FlushAsync(Token);
        Assert.Equal([64], store.Batches);
        Assert.Equal(64, writer.Counters.DeadLettered);
        Assert.Equal(64, (await File.ReadAllLinesAsync(Path.Combine(folder.Path, "dead.ndjson"), Token)).Distinct().Count());
    }

    [Fact]
    public async Task An_outage_goes_to_the_spool_is_acknowledged_there_and_drained_in_order_afterwards()
    {
        var away = true;
        store.Answer = _ => new HttpResponseMessage(Volatile.Read(ref away) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.NoContent);
        await using var writer = Writer(spool: true);
        for (var i = 1; i <= 50; i++)
        {
            Add(writer, i);
            await writer.FlushAsync(Token);
        }

        Assert.Equal(50, writer.Counters.Spooled);
        Assert.Equal(0, writer.Counters.Stored);
        Assert.Equal(50UL, writer.Progress.Sequence);
        Assert.Equal(BatchWriterState.Retrying, writer.State);
        Volatile.Write(ref away, false);
        await Until(() => writer.Counters.Stored == 50);
        Assert.Equal(Enumerable.Range(1, 50).Select(Line), store.Lines.Distinct());
        Assert.Equal(0, writer.Counters.Spooled);
        Assert.Equal(BatchWriterState.Ready, writer.State);
    }

    [Fact]
    public async Task What_a_killed_writer_spooled_the_next_one_stores()
    {
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        WriterProgress progress;
        await using (var writer = Writer(spool: true))
        {
            Add(writer, 1);
            Add(writer, 2);
            await writer.FlushAsync(Token);
            progress = writer.Progress;
        }

        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.NoContent);
        await using var next = Writer(spool: true, before: progress);
        await Until(() => next.Counters is { Stored: 2, Spooled: 0 });
        Assert.Equal([Line(1), Line(2)], store.Lines);
    }

    [Fact]
    public async Task A_full_spool_that_blocks_lets_the_writer_refuse_more_and_nothing_is_lost()
    {
        var away = true;
        store.Answer = _ => new HttpResponseMessage(Volatile.Read(ref away) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.NoContent);
        await using var writer = Writer(spool: true, maxPending: 2_000, spoolBytes: 2_000);
        var added = 0;
        while (added < 100_000 && writer.TryAdd(Encoding.UTF8.GetBytes(Line(added + 1)), 5, (ulong)added + 1))
            added++;
        Assert.InRange(added, 50, 99_999);
        await Until(() => writer.SpoolError is not null);
        Volatile.Write(ref away, false);
        await writer.FlushAsync(Token);
        await Until(() => writer.Counters.Stored == added);
        Assert.Equal(added, store.Lines.Distinct().Count());
    }

    [Fact]
    public async Task A_batch_too_large_for_a_proxy_goes_in_halves()
    {
        store.Answer = body => new HttpResponseMessage(body.Length > 100 ? HttpStatusCode.RequestEntityTooLarge : HttpStatusCode.NoContent);
        await using var writer = Writer();
        for (var i = 1; i <= 64; i++)
            Add(writer, i, more: true);
        writer.Send();
        await writer.FlushAsync(Token);
        Assert.Equal(64, store.Lines.Distinct().Count());
        Assert.Equal(64, writer.Counters.Stored);
        Assert.Equal(0, writer.Counters.DeadLettered);
    }

    [Fact]
    public async Task Dead_letters_that_cannot_be_written_hold_their_batch_until_they_can_and_stop_nothing_else()
    {
        store.Answer = body => new HttpResponseMessage(body.Contains("v=1i", StringComparison.Ordinal) ? HttpStatusCode.BadRequest : HttpStatusCode.NoContent);
        var blocked = Directory.CreateDirectory(Path.Combine(folder.Path, "dead.ndjson"));
        await using var writer = Writer();
        Add(writer, 1);
        await Until(() => writer.Counters.LastError?.Contains("dead letters", StringComparison.Ordinal) == true);
        Assert.Equal(0UL, writer.Progress.Sequence);
        blocked.Delete();
        Add(writer, 2);
        await writer.FlushAsync(Token);
        Assert.Equal((1, 1), (writer.Counters.Stored, writer.Counters.DeadLettered));
        Assert.Single(await File.ReadAllLinesAsync(blocked.FullName, Token));
    }

    [Fact]
    public async Task Dead_letters_are_bounded_the_newest_are_kept_and_all_are_counted()
    {
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.BadRequest);
        await using var writer = Writer(deadLetterBytes: 1000);
        for (var i = 1; i <= 50; i++)
        {
            Add(writer, i);
            await writer.FlushAsync(Token);
        }

        var path = Path.Combine(folder.Path, "dead.ndjson");
        Assert.All([path, path + ".old"], file => Assert.InRange(new FileInfo(file).Length, 1, 1000));
        var kept = (await File.ReadAllLinesAsync(path + ".old", Token)).Concat(await File.ReadAllLinesAsync(path, Token))
            .Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("line").GetString()).ToList();
        Assert.InRange(kept.Count, 5, 49);
        Assert.Equal(Enumerable.Range(51 - kept.Count, kept.Count).Select(Line), kept);
        Assert.Equal(50, writer.Counters.DeadLettered);
    }

    [Fact]
    public async Task A_dead_letter_that_a_kill_tore_does_not_cost_the_next_one()
    {
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.BadRequest);
        var path = Path.Combine(folder.Path, "dead.ndjson");
        await File.WriteAllTextAsync(path, """{"time":"2026""", Token);
        await using var writer = Writer();
        Add(writer, 1);
        await writer.FlushAsync(Token);
        var letter = (await File.ReadAllLinesAsync(path, Token))[1];
        Assert.Equal(Line(1), System.Text.Json.JsonDocument.Parse(letter).RootElement.GetProperty("line").GetString());
    }

    [Fact]
    public async Task An_error_that_is_no_text_is_a_reason_all_the_same()
    {
        var first = true;
        store.Answer = _ =>
        {
            var answer = first ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent("""{"error":{"code":7}}""") } : new HttpResponseMessage(HttpStatusCode.NoContent);
            first = false;
            return answer;
        };
        await using var writer = Writer();
        Add(writer, 1);
        await writer.FlushAsync(Token);
        Assert.Contains("\"code\":7", writer.Counters.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_faster_than_the_store_answers_goes_to_the_spool()
    {
        var release = new TaskCompletionSource();
        store.Hold = release.Task;
        await using var writer = Writer(batchSize: 10, spool: true, spoolFrom: 200);
        for (var i = 1; i <= 500; i++)
            Add(writer, i);
        // Four requests wait for the slow store; of the rest only what is below the bound is still in memory.
        await Until(() => writer.Counters.Spooled > 400);
        Assert.Equal(0, writer.Counters.Stored);
        release.SetResult();
        await writer.FlushAsync(Token);
        await Until(() => writer.Counters is { Stored: 500, Spooled: 0 });
        Assert.Equal(Enumerable.Range(1, 500).Select(Line).Order(), store.Lines.Distinct().Order());
    }

    [Fact]
    public async Task What_the_disk_does_not_take_beside_a_slow_store_goes_to_the_store()
    {
        var release = new TaskCompletionSource();
        store.Hold = release.Task;
        await using var writer = Writer(batchSize: 10, spoolFrom: 200, openForAppend: _ => throw new IOException("No space left on device"));
        for (var i = 1; i <= 100; i++)
            Add(writer, i);
        await Until(() => writer.SpoolError is not null);
        release.SetResult();
        await Until(() => writer.Counters is { Stored: 100, Pending: 0 });
        Assert.Null(writer.SpoolError);
    }

    [Fact]
    public async Task A_batch_holds_messages_of_one_epoch()
    {
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        await using (var writer = Writer(spool: true))
        {
            writer.TryAdd("m v=1i 1"u8, 5, 100, more: true);
            writer.TryAdd("m v=2i 2"u8, 6, 1, more: true);
            writer.Send();
            await writer.FlushAsync(Token);
        }

        using var spool = new Spool(new SpoolOptions { Directory = Path.Combine(folder.Path, "spool") });
        Assert.True(spool.TryPeek(1, out _, out var read));
        Assert.Equal(new MessageRange(5, 100, 100), read.Last);
        Assert.True(spool.Advance(read));
        Assert.True(spool.TryPeek(1, out _, out read));
        Assert.Equal(new MessageRange(6, 1, 1), read.Last);
    }

    [Fact]
    public async Task A_broken_spool_and_a_store_that_is_away_hold_everything_in_memory_with_the_stores_own_waits()
    {
        var away = true;
        store.Answer = _ => new HttpResponseMessage(Volatile.Read(ref away) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.NoContent);
        await using var writer = Writer(spoolFolder: "other", openForAppend: _ => throw new IOException("No space left on device"));
        for (var i = 1; i <= 20; i++)
            Add(writer, i);
        await Until(() => writer.SpoolError is not null && writer.Counters.Retries >= 2);
        Assert.Equal(BatchWriterState.Retrying, writer.State);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder.Path, "other"), "*.spool"));
        Volatile.Write(ref away, false);
        await writer.FlushAsync(Token);
        Assert.Equal(20, writer.Counters.Stored);
    }

    [Fact]
    public async Task Without_a_spool_other_batches_wait_too_as_long_as_the_store_asks_for()
    {
        var time = new FakeTimeProvider();
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Headers = { RetryAfter = new(TimeSpan.FromMinutes(1)) } };
        await using var writer = new BatchWriter(store.Client(), new BatchWriterOptions { BatchSize = 1 }, time);
        Add(writer, 1);
        await Until(() => writer.State == BatchWriterState.Retrying);
        for (var i = 2; i <= 10; i++)
            Add(writer, i);
        Assert.Equal([1], store.Batches);
        store.Answer = _ => new HttpResponseMessage(HttpStatusCode.NoContent);
        await Until(() =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return writer.Counters.Stored == 10;
        });
    }

    [Fact]
    public async Task Refusals_are_a_state_with_the_servers_reason_and_end_when_it_is_mended()
    {
        var refuse = true;
        store.Answer = _ => Volatile.Read(ref refuse)
            ? new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("""{"error":"database not found: \"tick\""}""") }
            : new HttpResponseMessage(HttpStatusCode.NoContent);
        await using var writer = Writer();
        Add(writer, 1);
        await Until(() => writer.State == BatchWriterState.Refused);
        Assert.Contains("database not found", writer.Counters.LastError, StringComparison.Ordinal);
        Volatile.Write(ref refuse, false);
        await writer.FlushAsync(Token);
        Assert.Equal(BatchWriterState.Ready, writer.State);
    }

    [Fact]
    public async Task A_message_without_a_line_is_passed_by_the_progress()
    {
        await using var writer = Writer();
        Add(writer, 1);
        await writer.FlushAsync(Token);
        writer.Skip(5, 2);
        writer.Send();
        Assert.Equal(2UL, writer.Progress.Sequence);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Line(int value) => $"m v={value}i {value}";

    private static async Task Until(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, "not within the limit");
            await Task.Delay(5, Token);
        }
    }

    private void Add(BatchWriter writer, int value, bool more = false) =>
        Assert.True(writer.TryAdd(Encoding.UTF8.GetBytes(Line(value)), 5, ++sequence, more));

    private BatchWriter Writer(
        int batchSize = 5_000, bool spool = false, int maxPending = 1 << 20, long spoolBytes = 1 << 20, WriterProgress? before = null, int spoolFrom = 1 << 20,
        string spoolFolder = "spool", Func<string, Stream>? openForAppend = null, long deadLetterBytes = 1 << 20) =>
        new(
            store.Client(),
            new BatchWriterOptions
            {
                BatchSize = batchSize,
                MaxPendingBytes = maxPending,
                RefusedWait = TimeSpan.FromMilliseconds(50),
                DeadLetterPath = Path.Combine(folder.Path, "dead.ndjson"),
                DeadLetterBytes = deadLetterBytes,
                SpoolFromBytes = spoolFrom,
                Spool = spool || openForAppend is not null
                    ? new SpoolOptions { Directory = Path.Combine(folder.Path, spoolFolder), MaxBytes = spoolBytes, OpenForAppend = openForAppend }
                    : null,
                Before = before,
            },
            TimeProvider.System);
}

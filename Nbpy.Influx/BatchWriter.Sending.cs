using System.Globalization;
using Microsoft.Extensions.Logging;
using Nbpy.Influx.Spooling;

namespace Nbpy.Influx;

/// <summary>What becomes of a batch: stored, halved until only the bad points are left, held by the spool, or tried again.</summary>
public sealed partial class BatchWriter
{
    private async Task SendSlotAsync(Slot slot)
    {
        try
        {
            while (!await TrySettleAsync(slot).ConfigureAwait(false))
                await Task.Delay(Max(path.Wait, FailureWait), time, stop.Token).ConfigureAwait(false);
            Complete(slot);
            Pump();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed: the batch stays pending.
        }
    }

    /// <summary>A batch never gets stuck: what fails in an unforeseen way is shown and tried again, like a store that does not answer.</summary>
    private async Task<bool> TrySettleAsync(Slot slot)
    {
        try
        {
            // What was meant for the spool goes to the store after all where the disk does not take it.
            return (slot.ToSpool && await HoldAsync(slot.Buffer).ConfigureAwait(false)) || await SettleAsync(slot.Buffer).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            if (path.Failed(new WriteResult(WriteStatus.Unavailable, e.Message)))
                LogFailure(e);
            return false;
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>True when the batch is stored, rejected or held.</summary>
    private async Task<bool> SettleAsync(BatchBuffer buffer)
    {
        // The way is closed: the drain tries it, and live batches go to the disk meanwhile.
        if (spool is not null && path.State != BatchWriterState.Ready && await HoldAsync(buffer).ConfigureAwait(false))
            return true;
        // Neither here nor there: this batch waits in memory and tries the store when that is due.
        if (path.Wait > TimeSpan.Zero)
            return false;

        if (await SendBatchAsync(buffer.Lines).ConfigureAwait(false) is { } count)
        {
            Interlocked.Add(ref stored, count);
            if (spool is { IsEmpty: true })
                SetSpoolError(null);
            return true;
        }

        return spool is not null && Hold(buffer);
    }

    private async Task<bool> HoldAsync(BatchBuffer buffer)
    {
        // Not on the thread that adds.
        await Task.Yield();
        return Hold(buffer);
    }

    private bool Hold(BatchBuffer buffer)
    {
        try
        {
            var isHeld = spool!.Append(buffer.Lines, buffer.Messages);
            SetSpoolError(isHeld ? null : options.Spool!.WhenFull == SpoolFullPolicy.Block
                ? $"it is full ({options.Spool.MaxBytes} bytes) and its policy is to block" : $"a batch is larger than all of it ({options.Spool.MaxBytes} bytes)");
            WakeDrain();
            return isHeld;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SetSpoolError(e.Message);
            return false;
        }
    }

    private void SetSpoolError(string? error)
    {
        if (error is not null && Volatile.Read(ref spoolError) is null)
            LogSpoolError(error);
        Volatile.Write(ref spoolError, error);
    }

    /// <summary>Sends a batch whole, and in halves where the store rejects it.</summary>
    /// <returns>How many lines the store took; null when it is not to be had: nothing is settled.</returns>
    private async Task<int?> SendBatchAsync(LineBatch lines)
    {
        var bad = new List<(int Line, string Reason)>();
        for (var first = 0; first < lines.Count; first += options.BatchSize)
            if (!await SendRangeAsync(lines, first, Math.Min(options.BatchSize, lines.Count - first), bad).ConfigureAwait(false))
                return null;
        return bad.Count == 0 || TryBury(lines, bad) ? lines.Count - bad.Count : null;
    }

    /// <summary>Puts bad points among the dead letters.</summary>
    /// <returns>False when the disk does not take them: the batch is sent again, onto the same points, and they are found again.</returns>
    private bool TryBury(LineBatch lines, List<(int Line, string Reason)> bad)
    {
        try
        {
            if (deadLetters.Add(bad.Select(b => (lines.Lines(b.Line, 1)[..^1], b.Reason))))
                LogDeadLettersDropped(options.DeadLetterPath, options.DeadLetterBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (path.Failed(new WriteResult(WriteStatus.Unavailable, $"the dead letters cannot be written: {e.Message}")))
                LogDeadLetterFile(e.Message);
            return false;
        }

        LogDeadLetters(bad.Count, bad[0].Reason);
        Interlocked.Add(ref deadLettered, bad.Count);
        return true;
    }

    /// <summary>Depth: the batch size's logarithm.</summary>
    private async Task<bool> SendRangeAsync(LineBatch lines, int first, int count, List<(int Line, string Reason)> bad)
    {
        InfluxTelemetry.BatchSize.Record(count);
        var result = await client.WriteAsync(lines.Lines(first, count), options.RetentionPolicy, lines.TraceParent, stop.Token).ConfigureAwait(false);
        Interlocked.Increment(ref batches);
        if (result.Status is WriteStatus.Unavailable or WriteStatus.Refused)
        {
            Interlocked.Increment(ref retries);
            if (path.Failed(result))
                LogTrouble(result.Status, result.Reason, spool is null ? "waits in memory" : "goes to the spool on disk");
            return false;
        }

        if (path.Answered())
            LogBack();
        if (result.Status == WriteStatus.Stored)
            return true;
        // Rejected, or too large for the store or a proxy before it. Where InfluxDB says that it has dropped them all, there is nothing to look for:
        // a field that changed its type would cost two requests a point.
        var reason = result.Reason ?? "";
        if (count == 1 || (result.Status == WriteStatus.Rejected && reason.EndsWith(string.Create(CultureInfo.InvariantCulture, $" dropped={count}"), StringComparison.Ordinal)))
        {
            bad.AddRange(Enumerable.Range(first, count).Select(line => (line, reason)));
            return true;
        }

        return await SendRangeAsync(lines, first, count / 2, bad).ConfigureAwait(false)
            && await SendRangeAsync(lines, first + (count / 2), count - (count / 2), bad).ConfigureAwait(false);
    }

    private void WakeDrain()
    {
        lock (gate)
            if (drainWork.CurrentCount == 0 && !stop.IsCancellationRequested)
                drainWork.Release();
    }

    /// <summary>Sends what the spool holds, oldest first, one batch at a time beside the live ones.</summary>
    private async Task DrainAsync()
    {
        try
        {
            while (true)
            {
                while (!await TryDrainAsync().ConfigureAwait(false))
                    await Task.Delay(FailureWait, time, stop.Token).ConfigureAwait(false);
                await drainWork.WaitAsync(stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    /// <summary>True when the spool is empty; false when something went wrong that is tried again.</summary>
    private async Task<bool> TryDrainAsync()
    {
        try
        {
            while (!spool!.IsEmpty)
            {
                // First the wait, then the look: what is dropped at the cap meanwhile is not sent.
                await Task.Delay(path.Wait, time, stop.Token).ConfigureAwait(false);
                if (!spool.TryPeek(options.BatchSize, out var lines, out var read))
                    break;
                if (await SendBatchAsync(lines).ConfigureAwait(false) is not { } count)
                    continue;
                // Dropped meanwhile, it counts as lost.
                if (spool.Advance(read))
                    Interlocked.Add(ref stored, count);
                SetSpoolError(null);
                if (spool.IsEmpty)
                    LogDrained();
            }

            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // The disk, as a rule. Live batches go on.
            SetSpoolError(e.Message);
            return false;
        }
    }

    [LoggerMessage(301, LogLevel.Warning, "The store took {Count} points for bad; they go to the dead letters: {Reason}")]
    private partial void LogDeadLetters(int count, string reason);

    [LoggerMessage(302, LogLevel.Warning, "The store does not take writes ({Status}: {Reason}); nothing is dropped, what comes {Place}")]
    private partial void LogTrouble(WriteStatus status, string? reason, string place);

    [LoggerMessage(303, LogLevel.Information, "The store takes writes again")]
    private partial void LogBack();

    [LoggerMessage(304, LogLevel.Error, "The spool takes nothing: {Reason}; batches wait in memory up to its bound")]
    private partial void LogSpoolError(string reason);

    [LoggerMessage(305, LogLevel.Information, "The spool holds {Lines} points of an earlier run; they are stored first")]
    private partial void LogSpoolFound(long lines);

    [LoggerMessage(306, LogLevel.Warning, "The spool ended in {Bytes} bytes that are no whole record (a torn write); they were cut off")]
    private partial void LogCut(long bytes);

    [LoggerMessage(308, LogLevel.Error, "The dead letters cannot be written ({Reason}); batches with bad points are tried again")]
    private partial void LogDeadLetterFile(string reason);

    [LoggerMessage(310, LogLevel.Warning, "The dead letters {Path} were full ({Bytes} bytes) once more: the oldest, those of its .old, are dropped; they stay counted")]
    private partial void LogDeadLettersDropped(string? path, long bytes);

    [LoggerMessage(309, LogLevel.Error, "A batch could not be dealt with; it is tried again")]
    private partial void LogFailure(Exception e);

    [LoggerMessage(307, LogLevel.Information, "The spool is drained")]
    private partial void LogDrained();
}

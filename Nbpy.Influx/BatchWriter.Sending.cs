using Microsoft.Extensions.Logging;

namespace Nbpy.Influx;

/// <summary>What becomes of a batch: stored, halved until only the bad points are left, held by the spool, or tried again.</summary>
public sealed partial class BatchWriter
{
    private async Task SendSlotAsync(Slot slot)
    {
        try
        {
            while (!await SettleAsync(slot).ConfigureAwait(false))
                await Task.Delay(Max(path.Wait, TimeSpan.FromMilliseconds(50)), time, stop.Token).ConfigureAwait(false);
            Complete(slot);
            Pump();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed: the batch stays pending.
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>True when the batch is stored, rejected or held.</summary>
    private async Task<bool> SettleAsync(Slot slot)
    {
        var buffer = slot.Buffer;
        if (spool is not null && path.State != BatchWriterState.Ready)
        {
            // The way is closed: the drain tries it, and live batches go to the disk meanwhile (not on the thread that adds).
            await Task.Yield();
            return Hold(buffer);
        }

        if (await SendBatchAsync(buffer.Lines).ConfigureAwait(false))
            return true;
        return spool is not null && Hold(buffer);
    }

    private bool Hold(BatchBuffer buffer)
    {
        try
        {
            if (!spool!.Append(buffer.Lines, buffer.Messages))
            {
                SetSpoolError($"it is full ({options.Spool!.MaxBytes} bytes) and its policy is to block");
                WakeDrain();
                return false;
            }

            SetSpoolError(null);
            WakeDrain();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SetSpoolError(e.Message);
            // Without the spool this batch waits in memory and the store is tried from here.
            if (path.Wait == TimeSpan.Zero)
                path.Answered();
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
    /// <returns>False when the store is not to be had: nothing is settled.</returns>
    private async Task<bool> SendBatchAsync(LineBatch lines)
    {
        var bad = new List<(int Line, string Reason)>();
        for (var first = 0; first < lines.Count; first += options.BatchSize)
            if (!await SendRangeAsync(lines, first, Math.Min(options.BatchSize, lines.Count - first), bad).ConfigureAwait(false))
                return false;
        foreach (var (line, reason) in bad)
        {
            LogDeadLetter(reason);
            deadLetters.Add(lines.Lines(line, 1).Span[..^1], reason);
            Interlocked.Increment(ref deadLettered);
        }

        return true;
    }

    /// <summary>Depth: the batch size's logarithm.</summary>
    private async Task<bool> SendRangeAsync(LineBatch lines, int first, int count, List<(int Line, string Reason)> bad)
    {
        InfluxTelemetry.BatchSize.Record(count);
        var result = await client.WriteAsync(lines.Lines(first, count), options.RetentionPolicy, stop.Token).ConfigureAwait(false);
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
        if (count == 1)
        {
            bad.Add((first, result.Reason ?? ""));
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
                while (spool!.TryPeek(out var lines, out _))
                {
                    await Task.Delay(path.Wait, time, stop.Token).ConfigureAwait(false);
                    if (!await SendBatchAsync(lines).ConfigureAwait(false))
                        continue;
                    spool.Advance();
                    if (spool.IsEmpty)
                        LogDrained();
                }

                await drainWork.WaitAsync(stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed.
        }
        catch (IOException e)
        {
            // Somebody changed the files; live batches go on, and the next start checks the folder anew.
            SetSpoolError(e.Message);
        }
    }

    [LoggerMessage(301, LogLevel.Warning, "The store took a point for bad; it goes to the dead letters: {Reason}")]
    private partial void LogDeadLetter(string? reason);

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

    [LoggerMessage(307, LogLevel.Information, "The spool is drained")]
    private partial void LogDrained();
}

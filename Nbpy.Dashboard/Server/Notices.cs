namespace Nbpy.Dashboard.Server;

/// <summary>What commands came to, shown for some seconds; at most five at a time. One tab's own.</summary>
internal sealed class Notices(TimeProvider time)
{
    private const int Most = 5;
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(8);
    private readonly Lock gate = new();
    private readonly List<Notice> notices = [];
    private int next;

    public event Action? Changed;

    public IReadOnlyList<Notice> All
    {
        get
        {
            lock (gate)
                return [.. notices];
        }
    }

    public void Add(string text, bool isError = false)
    {
        var notice = new Notice(Interlocked.Increment(ref next), text, isError);
        lock (gate)
        {
            if (notices.Count == Most)
                notices.RemoveAt(0);
            notices.Add(notice);
        }

        Changed?.Invoke();
        _ = RemoveLaterAsync(notice.Id);
    }

    public void Remove(int id)
    {
        lock (gate)
            notices.RemoveAll(n => n.Id == id);
        Changed?.Invoke();
    }

    private async Task RemoveLaterAsync(int id)
    {
        await Task.Delay(Shown, time).ConfigureAwait(false);
        Remove(id);
    }

    public sealed record Notice(int Id, string Text, bool IsError);
}

namespace Nbpy.Publishers.Kraken;

/// <summary>Tells news of orders from what is known already, over reconnects too: a snapshot repeats orders, and an order that changed
/// while there was no connection is news.</summary>
internal sealed class KrakenOrderNews
{
    /// <summary>Orders remembered; the oldest is forgotten first.</summary>
    private const int Most = 20_000;
    private readonly Dictionary<string, (string? Status, decimal? Filled)> known = new(StringComparer.Ordinal);
    private readonly HashSet<string> executions = new(StringComparer.Ordinal);
    private readonly Queue<string> executionOrder = new();
    private readonly Queue<string> order = new();
    private bool seenSnapshot;

    /// <summary>True when an event says something that was not said before.</summary>
    public bool IsNews(KrakenOrderEvent e)
    {
        if (e.ExecutionId is { } execution && !AddExecution(execution))
            return false;
        var state = (e.Status, e.FilledAmount);
        var isKnown = known.TryGetValue(e.OrderId, out var before);
        if (!isKnown)
        {
            order.Enqueue(e.OrderId);
            if (order.Count > Most)
                known.Remove(order.Dequeue());
        }

        known[e.OrderId] = state;

        // The first snapshot of all is the state of things at the start, not news.
        return e.FromSnapshot ? seenSnapshot && (!isKnown || before != state) : e.ExecutionId is not null || !isKnown || before != state;
    }

    /// <summary>The events of a frame are through.</summary>
    public void EndOfSnapshot(IReadOnlyList<KrakenOrderEvent> events) => seenSnapshot |= events.Count == 0 || events[0].FromSnapshot;

    private bool AddExecution(string id)
    {
        if (!executions.Add(id))
            return false;
        executionOrder.Enqueue(id);
        if (executionOrder.Count > Most)
            executions.Remove(executionOrder.Dequeue());
        return true;
    }
}

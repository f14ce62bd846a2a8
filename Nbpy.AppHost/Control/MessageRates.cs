namespace Nbpy.AppHost.Control;

/// <summary>Messages a second of services that leave a count now and then: between the two newest counts, for as long as there is no newer one.</summary>
/// <param name="started">When counting began, with nothing.</param>
internal sealed class MessageRates(DateTimeOffset started)
{
    private readonly Dictionary<string, (long Messages, DateTimeOffset At, double? Rate)> last = [];

    /// <summary>The rate, once there is one.</summary>
    /// <param name="service">Whose.</param>
    /// <param name="messages">Its count.</param>
    /// <param name="at">When it was counted.</param>
    public double? Of(string service, long messages, DateTimeOffset at)
    {
        var before = last.TryGetValue(service, out var seen) ? seen : (Messages: 0L, At: started, Rate: null);
        if (at > before.At)
            last[service] = before = (messages, at, Math.Max(0, (messages - before.Messages) / (at - before.At).TotalSeconds));
        return before.Rate;
    }
}

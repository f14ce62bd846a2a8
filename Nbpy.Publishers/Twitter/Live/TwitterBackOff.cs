namespace Nbpy.Publishers.Twitter.Live;

/// <summary>X's own rules of backing off: an established stream that breaks is opened again at once, the first time; TCP and TLS errors wait
/// 250 ms longer each time, up to 16 s; HTTP errors 5 s, doubled to 320 s; 429 a minute, doubled to 16 minutes. All start afresh once
/// something came. Policy without I/O, not for use by two threads at once.</summary>
/// <param name="random">0 to 1; replaceable in tests.</param>
public sealed class TwitterBackOff(Func<double>? random = null)
{
    private static readonly TimeSpan TransportStep = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MostTransport = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan FirstHttpError = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostHttpError = TimeSpan.FromSeconds(320);
    private static readonly TimeSpan FirstTooMany = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MostTooMany = TimeSpan.FromMinutes(16);

    private readonly Func<double> random = random ?? System.Random.Shared.NextDouble;
    private bool dropped;
    private int transport;
    private TimeSpan httpError;
    private TimeSpan tooMany;

    /// <summary>A post or a keep-alive came: the waits start afresh.</summary>
    public void Flowed() => (dropped, transport, httpError, tooMany) = (false, 0, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>The wait after an established stream broke: none the first time, then as <see cref="Transport"/>.</summary>
    public TimeSpan Dropped()
    {
        if (dropped)
            return Transport();
        dropped = true;
        return TimeSpan.Zero;
    }

    /// <summary>The wait after no connection could be had; up to a fifth longer at random, so that many clients spread out.</summary>
    public TimeSpan Transport()
    {
        transport++;
        var wait = TransportStep * transport;
        return (wait < MostTransport ? wait : MostTransport) * (1 + (random() / 5));
    }

    /// <summary>The wait after an HTTP status worth trying again.</summary>
    public TimeSpan HttpError() => httpError = Longer(httpError, FirstHttpError, MostHttpError);

    /// <summary>The wait after 429.</summary>
    public TimeSpan TooMany() => tooMany = Longer(tooMany, FirstTooMany, MostTooMany);

    private static TimeSpan Longer(TimeSpan before, TimeSpan first, TimeSpan most) =>
        before == TimeSpan.Zero ? first : before * 2 < most ? before * 2 : most;
}

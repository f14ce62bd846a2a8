using Nbpy.Publishers.Live;

namespace Nbpy.Publishers.Oanda.Live;

/// <summary>OANDA answered with another status than 200.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">Who answered what, without credentials.</param>
/// <param name="retryAfter">The wait that OANDA asked for.</param>
internal sealed class OandaErrorException(int status, string message, TimeSpan? retryAfter) : Exception(message)
{
    public int Status => status;

    /// <summary>What it means to the feed. 401 and 403 are alike: OANDA's pages use either for an account that is not the
    /// token's.</summary>
    /// <param name="backOff">The wait after 429 where OANDA names none.</param>
    public LiveException ToLive(TimeSpan backOff) => status switch
    {
        429 => new LiveRefusedException($"{Message}: too many calls or streams from this address", this) { RetryAfter = retryAfter ?? backOff },
        401 or 403 => new LiveRefusedException(
            $"{Message}: is the token right, of this environment (practice or live), and the account its own?", this) { RetryAfter = retryAfter },
        >= 400 and < 500 => new LiveRefusedException(Message, this) { RetryAfter = retryAfter },
        _ => new LiveException(Message, this) { RetryAfter = retryAfter },
    };
}

using System.Security.Cryptography;
using System.Text;

namespace Nbpy.Dashboard.Security;

/// <summary>The three secrets of a running dashboard. The token signs a person in, the session is what their cookie then holds, the key is for
/// programs that send telemetry. None opens what another does.</summary>
internal sealed class Keys
{
    private const int LeastTokenLength = 16;

    /// <exception cref="DashboardStartException">The token given is too short.</exception>
    public Keys(DashboardOptions options)
    {
        if (options.Token is { Length: < LeastTokenLength })
            throw new DashboardStartException($"The dashboard's token has {options.Token.Length} characters; give at least {LeastTokenLength}, or none and one is made.");
        Token = options.Token ?? New();
        ApiKey = options.ApiKey ?? New();
        AllowAnonymous = options.AllowAnonymous;
    }

    public string Token { get; }

    public string Session { get; } = New();

    public string ApiKey { get; }

    public bool AllowAnonymous { get; }

    /// <summary>Compares without telling by its time how much is right.</summary>
    public static bool Same(string? given, string expected) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));

    private static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

using System.Text;

namespace Nbpy.Publishers.Live;

/// <summary>Credentials in what a venue sends (OANDA repeats the account in every transaction), overwritten before anybody keeps it.
/// Thread-safe.</summary>
public sealed class SecretMask
{
    /// <summary>Shorter ones would take pieces out of other words.</summary>
    private const int Shortest = 8;

    /// <summary>A venue's sessions are renewed; what has long run out is no secret any more.</summary>
    private const int Most = 32;

    private readonly Lock gate = new();
    private volatile byte[][] secrets = [];

    /// <summary>From now on this is not shown.</summary>
    public void Add(string? secret)
    {
        if (secret is null || secret.Length < Shortest)
            return;
        var bytes = Encoding.UTF8.GetBytes(secret);
        lock (gate)
        {
            if (!secrets.Any(s => s.AsSpan().SequenceEqual(bytes)))
                secrets = [.. secrets.TakeLast(Most - 1), bytes];
        }
    }

    /// <summary>The message itself where it holds no secret (the usual case), else a copy of the same length with asterisks.</summary>
    public ReadOnlySpan<byte> Clean(ReadOnlySpan<byte> message)
    {
        byte[]? copy = null;
        foreach (var secret in secrets)
        {
            for (var at = message.IndexOf(secret); at >= 0; at = message.IndexOf(secret))
            {
                if (copy is null)
                    message = copy = message.ToArray();
                copy.AsSpan(at, secret.Length).Fill((byte)'*');
            }
        }

        return message;
    }
}

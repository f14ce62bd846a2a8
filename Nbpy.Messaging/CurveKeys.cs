using System.Security.Cryptography;
using NetMQ;

namespace Nbpy.Messaging;

/// <summary>The key pair that every publisher's sockets show, for CURVE (ZeroMQ RFC 26): encryption, and a publisher that cannot be
/// impersonated. Subscribers prove nothing but that they know the public key, for NetMQ has no way to ask more: that key is therefore a
/// secret too, given to those who may read.</summary>
public sealed class CurveKeys
{
    /// <summary>What publishers need besides <see cref="PublicFile"/>: the secret key, Z85, one line.</summary>
    public const string SecretFile = "publishers.secret";

    /// <summary>What subscribers need: the public key, Z85, one line.</summary>
    public const string PublicFile = "publishers.public";

    private const int KeyLength = 40; // 32 bytes in Z85.

    private readonly NetMQCertificate certificate;

    private CurveKeys(NetMQCertificate certificate) => this.certificate = certificate;

    /// <summary>The public key, Z85.</summary>
    public string PublicKey => certificate.PublicKeyZ85!;

    /// <summary>True when a publisher can use it.</summary>
    public bool HasSecret => certificate.HasSecretKey;

    /// <summary>The first 16 digits of the public key's SHA-256: to compare keys without showing them.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey))[..16];

    /// <summary>A new pair.</summary>
    public static CurveKeys Create() => new(new NetMQCertificate());

    /// <summary>A pair whose secret is known.</summary>
    public static CurveKeys FromSecret(string secretZ85) => new(NetMQCertificate.CreateFromSecretKey(secretZ85));

    /// <summary>What a subscriber knows.</summary>
    public static CurveKeys FromPublic(string publicZ85) => new(NetMQCertificate.FromPublicKey(publicZ85));

    /// <summary>What publishers of this folder use.</summary>
    /// <exception cref="CurveKeyException">No usable secret key; the message says the mend.</exception>
    public static CurveKeys OfPublishers(string folder) => FromSecret(Read(folder, SecretFile));

    /// <summary>The same, of a folder that a container's runtime mounts with a mode of its own (a bind mount's 0644, a Secret's 0440): nobody
    /// else is in the container.</summary>
    /// <exception cref="CurveKeyException">No usable secret key; the message says the mend.</exception>
    public static CurveKeys OfMountedPublishers(string folder) => FromSecret(Read(folder, SecretFile, isMounted: true));

    /// <summary>What subscribers of this folder use.</summary>
    /// <exception cref="CurveKeyException">No usable public key; the message says the mend.</exception>
    public static CurveKeys OfSubscribers(string folder) => FromPublic(Read(folder, PublicFile));

    /// <summary>What <paramref name="read"/> finds; null where no folder is configured.</summary>
    /// <param name="folder">The folder; null sends in the clear.</param>
    /// <param name="read"><see cref="OfPublishers"/> or <see cref="OfSubscribers"/>.</param>
    /// <param name="refuse">Makes the program's own error of the message.</param>
    public static CurveKeys? Of(string? folder, Func<string, CurveKeys> read, Func<string, Exception> refuse)
    {
        try
        {
            return folder is null ? null : read(folder);
        }
        catch (CurveKeyException e)
        {
            throw refuse(e.Message);
        }
    }

    /// <summary>Writes the pair for its owner alone (0600, in a folder of 0700). Never replaces a file.</summary>
    /// <exception cref="CurveKeyException">The folder holds keys, or cannot be written.</exception>
    public void Write(string folder)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            else
                Directory.CreateDirectory(folder);
            WriteNew(Path.Combine(folder, SecretFile), certificate.SecretKeyZ85!);
            WriteNew(Path.Combine(folder, PublicFile), PublicKey);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CurveKeyException($"Keys cannot be written to {folder}: {e.Message}");
        }
    }

    /// <summary>The socket of a publisher.</summary>
    internal void Serve(NetMQSocket socket)
    {
        socket.Options.CurveServer = true;
        socket.Options.CurveCertificate = certificate;
    }

    /// <summary>The socket of a subscriber, which shows a key of its own that nobody has to know.</summary>
    internal void Join(NetMQSocket socket)
    {
        socket.Options.CurveServerKey = certificate.PublicKey;
        socket.Options.CurveCertificate = new NetMQCertificate();
    }

    private static void WriteNew(string path, string key)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.WriteLine(key);
    }

    private static string Read(string folder, string name, bool isMounted = false)
    {
        var path = Path.Combine(folder, name);
        try
        {
            if (!OperatingSystem.IsWindows() && !isMounted && name == SecretFile
                && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
                throw new CurveKeyException($"{path} can be read by others than its owner; 'chmod 600' it, and make new keys ('nbpy keys rotate') if others had access.");
            var key = File.ReadAllText(path).Trim();
            return key.Length == KeyLength && key.All(c => c is > ' ' and < (char)127)
                ? key : throw new CurveKeyException($"{path} is no key: a key is one line of {KeyLength} characters (Z85). Make new ones with 'nbpy keys create'.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CurveKeyException($"The key {path} cannot be read: {e.Message} Make keys with 'nbpy keys create --out {folder}', or copy {name} there.");
        }
    }
}

/// <summary>A key is missing or unusable; the message names the file and the mend.</summary>
public sealed class CurveKeyException(string message) : Exception(message);

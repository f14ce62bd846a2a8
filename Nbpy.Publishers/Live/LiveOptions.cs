using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Live;

/// <summary>What the configuration says of a live feed: addresses, trust, credentials' variables and timings.</summary>
public sealed class LiveOptions
{
    private readonly IReadOnlyDictionary<string, string> options;
    private readonly Func<string, string?> environment;

    /// <param name="config">The publisher.</param>
    /// <param name="defaultUrl">The venue's stream where <c>options.url</c> is not set.</param>
    /// <param name="environment">Looks a variable up; the process's environment when null.</param>
    /// <exception cref="ServiceStartException">A value means nothing; the message names the option and the mend.</exception>
    public LiveOptions(PublisherConfig config, string defaultUrl, Func<string, string?>? environment = null)
    {
        options = config.Options;
        this.environment = environment ?? Environment.GetEnvironmentVariable;
        Name = config.Name;
        Instruments = config.Instruments;
        Url = UrlOf("url", defaultUrl);
        TimingScale = NumberOf("timing_scale", 1);
        if (TimingScale <= 0)
            throw Wrong("timing_scale", "a factor above 0");
        var capacity = NumberOf("queue_capacity", 10_000);
        if (capacity is < 1 or > 1_000_000)
            throw Wrong("queue_capacity", "a number of messages from 1 to 1000000");
        QueueCapacity = (int)capacity;
    }

    /// <summary>The publisher's name.</summary>
    public string Name { get; }

    /// <summary>Pairs, instruments or markets asked for; empty takes the venue's defaults.</summary>
    public IReadOnlyList<string> Instruments { get; }

    /// <summary><c>options.url</c>: the stream.</summary>
    public Uri Url { get; }

    /// <summary><c>options.timing_scale</c>: a factor on every heartbeat, back-off and timeout. Default 1.</summary>
    public double TimingScale { get; }

    /// <summary><c>options.queue_capacity</c>: messages between the reader and the publisher. What happens at the limit is the
    /// feed's own policy. Default 10,000.</summary>
    public int QueueCapacity { get; init; }

    /// <summary>The first wait before another attempt.</summary>
    public TimeSpan ReconnectInitial { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before another attempt.</summary>
    public TimeSpan ReconnectCap { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Credentials handed out, and those that a feed learns: never to be kept.</summary>
    public SecretMask Secrets { get; } = new();

    /// <summary>A duration times <see cref="TimingScale"/>.</summary>
    public TimeSpan Scale(TimeSpan duration) => duration * TimingScale;

    /// <summary>An option as text; null when it is not set.</summary>
    public string? Text(string option) => options.GetValueOrDefault(option) is { Length: > 0 } text ? text : null;

    /// <summary>An option that is an address.</summary>
    /// <exception cref="ServiceStartException">It is not one.</exception>
    public Uri UrlOf(string option, string otherwise) =>
        Uri.TryCreate(Text(option) ?? otherwise, UriKind.Absolute, out var url) && url.Host.Length > 0
            ? url : throw Wrong(option, $"an address such as {otherwise}");

    /// <summary>An option that is a number.</summary>
    /// <exception cref="ServiceStartException">It is not one.</exception>
    public double NumberOf(string option, double otherwise) => Text(option) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value : throw Wrong(option, "a number");

    /// <summary>A credential: the variable that <c>options.OPTION_env</c> names, else <paramref name="variable"/>, else the
    /// file that VARIABLE_FILE names. Null when none is set. Never log the value.</summary>
    /// <exception cref="ServiceStartException">The file that is named cannot be read, or is empty: that is no missing credential, but a wrong one.</exception>
    public string? Credential(string option, string variable)
    {
        var name = Text(option + "_env") ?? variable;
        var value = environment(name) is { Length: > 0 } set ? set : environment(name + "_FILE") is { Length: > 0 } file ? FromFile(name, file) : null;
        Secrets.Add(value);
        return value;
    }

    private string FromFile(string name, string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } text ? text : throw new ServiceStartException($"{Name}: the file that {name}_FILE names is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServiceStartException($"{Name}: the file that {name}_FILE names cannot be read: {e.Message}");
        }
    }

    /// <summary><c>options.ca_file</c>: PEM certificates to trust besides the system's; empty when it is not set.</summary>
    /// <exception cref="ServiceStartException">The file cannot be read.</exception>
    public X509Certificate2Collection TrustedCertificates()
    {
        var certificates = new X509Certificate2Collection();
        if (Text("ca_file") is not { } file)
            return certificates;
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new ServiceStartException($"{Name}: options.ca_file {file} cannot be read: {e.Message}");
        }

        return certificates;
    }

    /// <summary>The error for an option's value.</summary>
    public ServiceStartException Wrong(string option, string expected) =>
        new($"{Name}: options.{option} is '{Text(option)}'; it has to be {expected}.");
}

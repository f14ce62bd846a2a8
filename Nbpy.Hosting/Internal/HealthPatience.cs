using System.Globalization;
using Microsoft.Extensions.Configuration;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>How long what waits for a resource's health bears that it runs without getting healthy: <c>Nbpy:HealthTimeoutSeconds:NAME</c>, else
/// <c>Nbpy:HealthTimeoutSeconds</c>; without either for ever, as Aspire.</summary>
internal static class HealthPatience
{
    private const string Key = "Nbpy:HealthTimeoutSeconds";

    /// <summary>The limit for a resource; null: none.</summary>
    /// <exception cref="DistributedApplicationException">What is configured is no number of seconds.</exception>
    public static TimeSpan? Of(IResource resource, IConfiguration configuration)
    {
        var text = configuration[$"{Key}:{resource.Name}"] ?? configuration[Key];
        return string.IsNullOrEmpty(text) ? null
            : double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds)
            : throw new DistributedApplicationException($"{Key} is '{text}' for '{resource.Name}': a number of seconds is wanted, more than 0.");
    }
}

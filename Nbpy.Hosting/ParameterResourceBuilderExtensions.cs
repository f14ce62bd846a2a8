using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting;

/// <summary>Parameters.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>A value from configuration key <c>Parameters:NAME</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(new ParameterResource(
            name,
            () => builder.Configuration[$"Parameters:{name}"]
                ?? throw new DistributedApplicationException($"The parameter '{name}' has no value; set Parameters__{name} in the environment."),
            secret));

    /// <summary>A value that the code knows; configuration key <c>Parameters:NAME</c> wins over it.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, () => builder.Configuration[$"Parameters:{name}"] ?? value, secret));
}

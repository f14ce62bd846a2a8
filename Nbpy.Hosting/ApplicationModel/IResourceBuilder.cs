namespace Nbpy.Hosting.ApplicationModel;

/// <summary>What every <c>Add…</c> and <c>With…</c> returns.</summary>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>The resource.</summary>
    T Resource { get; }

    /// <summary>The application it belongs to.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>Adds a note to the resource.</summary>
    IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation)
        where TAnnotation : IResourceAnnotation;
}

namespace LoraBridge.Diffusion.Text;

/// <summary>Why nothing in a prompt is scheduled.</summary>
internal enum ScheduleFault
{
    /// <summary>There is no fault.</summary>
    None,

    /// <summary>A backslash ends a line or the prompt, and so hides nothing.</summary>
    BackslashAtTheEnd,

    /// <summary>A bar separates no alternatives.</summary>
    StrayBar,
}

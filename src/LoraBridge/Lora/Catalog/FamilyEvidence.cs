namespace LoraBridge.Lora.Catalog;

/// <summary>By what an adapter's family was told, the surest first but for the user's word, which goes before all.</summary>
public enum FamilyEvidence
{
    /// <summary>By nothing: the family is unknown.</summary>
    None,

    /// <summary>The user named it in the notes beside the file.</summary>
    SideCard,

    /// <summary>The trainer wrote it into the metadata.</summary>
    Metadata,

    /// <summary>The names of tensors occur in one family only.</summary>
    Keys,

    /// <summary>The width of the text that a layer takes is that of one family only.</summary>
    Shapes,

    /// <summary>There is some metadata and no other sign: the web UI then assumes Stable Diffusion 1.</summary>
    Assumed,
}

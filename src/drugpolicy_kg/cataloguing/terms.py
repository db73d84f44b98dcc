"""The terms with which data sets are described: DCAT, VoID and what these use."""

from __future__ import annotations

from typing import Final

from drugpolicy_kg.vocabulary import (
    DCAT_NAMESPACE,
    FOAF_NAMESPACE,
    SCHEMA_NAMESPACE,
    VOID_NAMESPACE,
)


class DCAT:
    """Terms of DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/), as DCAT-AP 3 uses them."""

    Catalog: Final = DCAT_NAMESPACE + "Catalog"
    DataService: Final = DCAT_NAMESPACE + "DataService"
    Dataset: Final = DCAT_NAMESPACE + "Dataset"
    Distribution: Final = DCAT_NAMESPACE + "Distribution"
    accessService: Final = DCAT_NAMESPACE + "accessService"
    accessURL: Final = DCAT_NAMESPACE + "accessURL"
    compressFormat: Final = DCAT_NAMESPACE + "compressFormat"
    dataset: Final = DCAT_NAMESPACE + "dataset"
    distribution: Final = DCAT_NAMESPACE + "distribution"
    downloadURL: Final = DCAT_NAMESPACE + "downloadURL"
    endpointDescription: Final = DCAT_NAMESPACE + "endpointDescription"
    endpointURL: Final = DCAT_NAMESPACE + "endpointURL"
    keyword: Final = DCAT_NAMESPACE + "keyword"
    mediaType: Final = DCAT_NAMESPACE + "mediaType"
    servesDataset: Final = DCAT_NAMESPACE + "servesDataset"
    service: Final = DCAT_NAMESPACE + "service"
    theme: Final = DCAT_NAMESPACE + "theme"
    version: Final = DCAT_NAMESPACE + "version"


class FOAF:
    """Terms of FOAF, as DCAT-AP and VoID use them."""

    Agent: Final = FOAF_NAMESPACE + "Agent"
    name: Final = FOAF_NAMESPACE + "name"
    primaryTopic: Final = FOAF_NAMESPACE + "primaryTopic"


class SCHEMA:
    """Terms of schema.org."""

    sha256: Final = SCHEMA_NAMESPACE + "sha256"


class VOID:
    """Terms of VoID (https://www.w3.org/TR/void/)."""

    Dataset: Final = VOID_NAMESPACE + "Dataset"
    DatasetDescription: Final = VOID_NAMESPACE + "DatasetDescription"
    Linkset: Final = VOID_NAMESPACE + "Linkset"
    class_: Final = VOID_NAMESPACE + "class"
    classPartition: Final = VOID_NAMESPACE + "classPartition"
    classes: Final = VOID_NAMESPACE + "classes"
    dataDump: Final = VOID_NAMESPACE + "dataDump"
    distinctObjects: Final = VOID_NAMESPACE + "distinctObjects"
    distinctSubjects: Final = VOID_NAMESPACE + "distinctSubjects"
    entities: Final = VOID_NAMESPACE + "entities"
    linkPredicate: Final = VOID_NAMESPACE + "linkPredicate"
    objectsTarget: Final = VOID_NAMESPACE + "objectsTarget"
    properties: Final = VOID_NAMESPACE + "properties"
    property: Final = VOID_NAMESPACE + "property"
    propertyPartition: Final = VOID_NAMESPACE + "propertyPartition"
    sparqlEndpoint: Final = VOID_NAMESPACE + "sparqlEndpoint"
    subjectsTarget: Final = VOID_NAMESPACE + "subjectsTarget"
    subset: Final = VOID_NAMESPACE + "subset"
    triples: Final = VOID_NAMESPACE + "triples"
    uriSpace: Final = VOID_NAMESPACE + "uriSpace"
    vocabulary: Final = VOID_NAMESPACE + "vocabulary"

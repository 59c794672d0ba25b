# docker build --tag roundlot .
# docker run --name lot roundlot && docker cp lot:/home/lot/roundlot/build/run report
FROM python:3.11-slim-bookworm

# A version of make does not matter here.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*

# Not every builder makes WORKDIR for USER.
RUN useradd --create-home --uid 1000 lot \
    && install --directory --owner=lot --group=lot /home/lot/roundlot
USER 1000
WORKDIR /home/lot/roundlot
COPY --chown=1000 . .
RUN make install

CMD ["make", "run"]
